import assert from "node:assert/strict";
import { test } from "node:test";
import { DURATION_MODEL } from "../../src/prediction/ports.ts";
import { train } from "../../src/prediction/train.ts";
import { createEndedAttempts } from "../../src/prediction/training-rows.ts";
import { endingAt, storeEnded } from "../support/ended-tickets.ts";
import { openModelWorld } from "../support/models.ts";
import { makeHistory } from "../support/ticket-history.ts";

const job = {
	...({ jobId: "ml-train-1", trigger: "manual", by: "ada" } as const),
	...{ windowDays: 3_650, minTickets: 100, maxErrors: {} },
	...{ shadowFirst: false, timeoutMs: 60_000 },
};

async function openTrainings(
	t: Parameters<typeof openModelWorld>[0],
	tickets: number,
) {
	const world = await openModelWorld(t);
	const made = makeHistory({ tickets, drift: {} });
	await storeEnded(world.mongo, endingAt(made, Date.now() - 60_000));
	const attempts = createEndedAttempts(world.mongo);
	const run = (changes: Partial<typeof job> = {}) =>
		train({ ...world, attempts }, { ...job, ...changes });
	const champion = async () =>
		(await world.registry.read(DURATION_MODEL))?.champion ?? null;
	return { ...world, run, champion };
}

test("train: a history of one ticket makes no model, and says so", async (t) => {
	const { run, auditLog, registry } = await openTrainings(t, 1);
	const result = await run();
	assert.equal(result.outcome, "skipped");
	assert.match(result.reason, /of 1 that ended .* needs 100/);
	assert.equal(await registry.read(DURATION_MODEL), undefined);
	assert.deepEqual(await auditLog.count({}), {
		...{ training_started: 1, training_completed: 1 },
	});
});

test("train: a first model that is better than the type's median is champion, with its figures and why", async (t) => {
	const { run, registry, auditLog, view } = await openTrainings(t, 3_000);
	const result = await run();
	assert.equal(result.outcome, "promoted", result.reason);
	const { versions = [], champion } =
		(await registry.read(DURATION_MODEL)) ?? {};
	assert.equal(champion, 1);
	const [version] = versions;
	assert.equal(version?.training?.found, 3_000);
	assert.equal(version.training.job_id, "ml-train-1");
	const { mae_share = 1, type_median_mae_share = 0 } = version.metrics ?? {};
	assert.ok(mae_share < type_median_mae_share);
	assert.deepEqual(await auditLog.count({ modelName: DURATION_MODEL }), {
		...{ training_started: 1, validation_passed: 1, model_promoted: 1 },
		training_completed: 1,
	});
	await view.refresh();
	assert.equal(view.model, `${DURATION_MODEL}@1+0`);
});

test("train: a limit by type keeps a model from promotion, and a set shadow makes it challenger", async (t) => {
	const { run, champion, registry } = await openTrainings(t, 1_500);
	const refused = await run({ maxErrors: { BUILD: 0.01 } });
	assert.equal(refused.outcome, "registered");
	assert.match(refused.reason, /on BUILD, refused: must be at most 1 %/);
	assert.equal(await champion(), null);
	assert.equal((await run()).outcome, "promoted");
	// The same model again is no better than its champion.
	const again = await run({ shadowFirst: true });
	assert.equal(again.outcome, "registered", again.reason);
	assert.match(again.reason, /refused/);
	assert.equal((await registry.read(DURATION_MODEL))?.challenger, null);
});

test("train: after durations have changed a model that knows it takes the champion's place, and says what it found", async (t) => {
	const world = await openModelWorld(t);
	const made = makeHistory({
		...{ tickets: 4_000, driftDay: 24, rampDays: 0.001 },
		// The champion's correction makes up for a drift of 1.5: the hour of the day would decide who is better.
		drift: { BUILD: 3, TEST: 3 },
	});
	const ended = endingAt(made, Date.now() - 60_000);
	const attempts = createEndedAttempts(world.mongo);
	await storeEnded(world.mongo, ended.slice(0, 2_000));
	const first = await train({ ...world, attempts }, job);
	assert.equal(first.outcome, "promoted", first.reason);
	await storeEnded(world.mongo, ended.slice(2_000));
	const next = { ...job, jobId: "ml-train-2" };
	const second = await train({ ...world, attempts }, next);
	assert.equal(second.outcome, "promoted", second.reason);
	assert.doesNotMatch(second.reason, /which knew some/);
	assert.match(second.reason, /BUILD takes \d+ % longer since 20/);
});

test("train: two at once end as one champion", async (t) => {
	const { run, registry, auditLog } = await openTrainings(t, 1_500);
	const both = await Promise.all([
		run(),
		run({ jobId: "ml-train-2" } as object),
	]);
	assert.deepEqual(both.map(({ outcome }) => outcome).toSorted(), [
		...["promoted", "registered"],
	]);
	const model = await registry.read(DURATION_MODEL);
	assert.deepEqual([model?.revision, model?.versions.length], [1, 2]);
	const loser = both.find(({ outcome }) => outcome === "registered");
	assert.match(loser?.reason ?? "", /somebody else has changed/);
	const { model_promoted } = await auditLog.count({});
	assert.equal(model_promoted, 1);
});
