import assert from "node:assert/strict";
import { test } from "node:test";
import { retrainIfDue, settleShadow } from "../../src/prediction/follow-up.ts";
import type { LearningDocument } from "../../src/prediction/learning-store.ts";
import { DURATION_MODEL } from "../../src/prediction/ports.ts";
import { model, openWorld } from "../support/learners.ts";
import { silentLog } from "../support/stores.ts";

const drift = { trigger: "drift" as const, reason: "BUILD drifts by 40 %" };
const document = { retrain: drift, since_training: 12 } as LearningDocument;
const settings = {
	...{ retrains: true, volume: 1_000, minTickets: 100, shadowTickets: 1 },
};

test("retrainIfDue: what asks for a training keeps asking while another one runs", async () => {
	let isNew = false;
	const saved: Partial<LearningDocument>[] = [];
	const written: unknown[] = [];
	const ask = () =>
		retrainIfDue(
			{
				store: {
					async save(next) {
						saved.push(next);
						return next;
					},
				},
				settings,
				startTraining: async () => ({ job_id: "ml-train-1", isNew }),
				auditLog: { write: async (entry) => void written.push(entry) },
				log: silentLog,
			},
			document,
			null,
		);
	await ask();
	assert.deepEqual([saved, written], [[], []]);
	isNew = true;
	await ask();
	assert.deepEqual(saved, [{ retrain: null, since_training: 0 }]);
	assert.equal(written.length, 1);
});

test("retrainIfDue: while a type drifts, a tenth of what the champion knows is worth another training", async () => {
	const champion = {
		...model,
		trained: { ...model.trained, tickets: 2_000 },
	};
	const startedBy = async (since_training: number, drifted: boolean) => {
		const started: string[] = [];
		await retrainIfDue(
			{
				store: { save: async (next) => next },
				settings,
				startTraining: async (trigger) => {
					started.push(trigger);
					return { job_id: "ml-train-2", isNew: true };
				},
				auditLog: { write: async () => undefined },
				log: silentLog,
			},
			{
				...{ retrain: null, since_training },
				drift: { types: { BUILD: { drifted: drifted ? {} : null } } },
			} as unknown as LearningDocument,
			champion,
		);
		return started;
	};
	assert.deepEqual(await startedBy(199, true), []);
	assert.deepEqual(await startedBy(200, true), ["drift"]);
	assert.deepEqual(await startedBy(200, false), []);
	assert.deepEqual(await startedBy(1_000, false), ["volume"]);
});

test("settleShadow: a challenger that a person withdraws meanwhile becomes nothing", async (t) => {
	const world = await openWorld(t);
	await world.become("challenger", await world.register(model));
	const { revision = 0 } =
		(await world.registry.readAliases(DURATION_MODEL)) ?? {};
	await world.registry.giveAlias({
		...{ name: DURATION_MODEL, alias: "challenger", version: null },
		...{ by: "ada", reason: "no" },
	});
	await settleShadow(
		{ ...world, settings, log: silentLog },
		{
			shadow: { tickets: 9, actual_ms: 9, error_ms: 1, champion_error_ms: 2 },
		} as LearningDocument,
		{ challenger: { ...model, version: 2 }, revision },
	);
	const found = await world.registry.read(DURATION_MODEL);
	assert.deepEqual([found?.champion, found?.challenger], [1, null]);
});
