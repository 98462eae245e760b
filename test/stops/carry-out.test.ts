import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import type { CommandAnswer, PlanCommand } from "../../src/domain/plan-run.ts";
import type { Stop } from "../../src/domain/stop-order.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { carryOutStops } from "../../src/stops/carry-out.ts";
import {
	createCurrentStops,
	whyIntakeIsStopped,
} from "../../src/stops/current-stops.ts";
import { createStopStore } from "../../src/stops/store.ts";
import { openMongo, silentLog } from "../support/stores.ts";

const NOW = Date.now();

const stopOf = (changes: Partial<Stop>): Stop => ({
	...{ stop_id: randomUUID(), scope: "domain", value: "INFRA" },
	...{ actor: "ada", reason: "freeze", since: NOW, released: null },
	...changes,
});

/** Stored plans that take commands as the plans' runs do. */
async function openPlans(t: TestContext) {
	const { mongo } = await openMongo(t);
	const store = createStopStore(mongo);
	const sent: string[] = [];
	const statusAfter = {
		pause: "PAUSED",
		resume: "RUNNING",
		cancel: "CANCELLED",
	};
	const on = { collection: "workflows", name: "test" };
	const plans = {
		async command(planId: string, name: string, command: PlanCommand) {
			const isDone = await mongo.run(on, (target) =>
				target.countDocuments({
					plan_id: planId,
					"commands.idempotency_key": command.idempotency_key,
				}),
			);
			if (isDone > 0) return {} as CommandAnswer;
			if (planId.startsWith("refuses"))
				throw new OrchestratorError("COMMAND_REFUSED", "no");
			sent.push(`${name} ${planId} by ${command.actor}: ${command.reason}`);
			const status = statusAfter[name as keyof typeof statusAfter];
			await mongo.run(on, (target) =>
				target.updateOne(
					{ plan_id: planId },
					{
						$set: { status, finished_at: name === "cancel" ? NOW : null },
						$push: { commands: { command: name, ...command } } as never,
					},
				),
			);
			return {} as CommandAnswer;
		},
	};
	return {
		...{ store, sent },
		async plan(plan_id: string, fields: object = {}) {
			await mongo.run(on, (target) =>
				target.insertOne({
					_id: `orch-${plan_id}`,
					...{ kind: "plan", plan_id, status: "RUNNING", domain: "INFRA" },
					...{ tenant: "acme", risk_band: "low", created_at: NOW - 5_000 },
					commands: [],
					...fields,
				}),
			);
		},
		turn: (nowMs = NOW) =>
			carryOutStops({ store, plans, log: silentLog }, nowMs),
		set: (plan_id: string, fields: object) =>
			mongo.run(on, (target) =>
				target.updateOne({ plan_id }, { $set: fields }),
			),
	};
}

test("stop: all plans of the domain are paused, those that come too, and go on after the release", async (t) => {
	const { plan, store, turn, sent } = await openPlans(t);
	await plan("a");
	await plan("refuses");
	await plan("other", { domain: "TECHNICAL" });
	await plan("by-hand", { status: "PAUSED" });
	const stop = await store.press(stopOf({}));
	assert.equal((await store.press(stopOf({}))).stop_id, stop.stop_id);
	await turn();
	await plan("later");
	await turn();
	await turn();
	assert.deepEqual(sent, [
		"pause a by ada: freeze",
		"pause later by ada: freeze",
	]);
	const by = { actor: "bob", reason: "all clear", at: NOW };
	assert.notEqual(await store.release(stop.stop_id, by), undefined);
	assert.equal(await store.release(stop.stop_id, by), undefined);
	await turn();
	assert.deepEqual(sent.slice(2).sort(), [
		"resume a by bob: all clear",
		"resume later by bob: all clear",
	]);
});

test("stop: a plan that a person lets go on is not held again", async (t) => {
	const { plan, store, turn, sent, set } = await openPlans(t);
	await plan("a");
	await store.press(stopOf({ scope: "tenant", value: "acme" }));
	await turn();
	await set("a", { status: "RUNNING" });
	await turn();
	assert.equal(sent.length, 1);
});

test("bulk cancel: the preview ends nothing; then everything that was meant, and nothing that came later", async (t) => {
	const { plan, store, turn, sent } = await openPlans(t);
	await plan("a");
	await plan("b", { status: "PAUSED" });
	await plan("refuses");
	await plan("ended", { status: "SUCCESS" });
	await plan("other", { tenant: "umbrella" });
	await plan("later", { created_at: NOW + 1 });
	const filter = { tenant: "acme" };
	const { plan_ids } = await store.preview({ ...filter, created_before: NOW });
	assert.deepEqual(plan_ids.sort(), ["a", "b", "refuses"]);
	assert.deepEqual(sent, []);
	const bulk_id = randomUUID();
	await store.keepBulk({
		...{ bulk_id, filter, compensate: false, actor: "ada", reason: "gone" },
		...{ asked_at: NOW, cancelled: 0, refused: 0, done_at: null },
	});
	// Two processes at once, and turn after turn.
	await Promise.all([turn(), turn()]);
	await turn();
	assert.deepEqual([...new Set(sent)].sort(), [
		"cancel a by ada: gone",
		"cancel b by ada: gone",
	]);
	await turn(NOW + 60_001);
	const bulk = await store.readBulk(bulk_id);
	assert.equal(bulk?.cancelled, 2);
	assert.equal(bulk?.refused, 1);
	assert.equal(bulk?.done_at, NOW + 60_001);
	assert.deepEqual(await store.readOpenBulks(), []);
});

test("current stops: intake is stopped by somebody, for a reason; while MongoDB is away the last known counts", async () => {
	const stop = stopOf({ scope: "intake", value: null });
	const current = createCurrentStops({ readStops: async () => [stop] });
	const why = await whyIntakeIsStopped(current);
	assert.match(why ?? "", /by ada since .*: freeze/);
	const released = { actor: "b", reason: "c", at: NOW };
	const over = createCurrentStops({
		readStops: async () => [{ ...stop, released }],
	});
	assert.equal(await whyIntakeIsStopped(over), undefined);
});

test("current stops: a process that has never read them takes nothing", async () => {
	let isAway = true;
	const current = createCurrentStops({
		readStops: async () => {
			if (isAway) throw new OrchestratorError("STORE_UNAVAILABLE", "away");
			return [];
		},
	});
	await assert.rejects(current.list(), { code: "STORE_UNAVAILABLE" });
	assert.match((await whyIntakeIsStopped(current)) ?? "", /cannot be told/);
	isAway = false;
	assert.equal(await whyIntakeIsStopped(current), undefined);
});

test("stops: one that holds is seen behind any number of released ones", async (t) => {
	const { store } = await openPlans(t);
	const released = { actor: "b", reason: "c", at: NOW };
	for (let at = 0; at < 250; at += 1) {
		const stop_id = `a-${String(at).padStart(3, "0")}`;
		await store.press(stopOf({ stop_id, value: `d-${at}` }));
		await store.release(stop_id, { ...released, at: NOW + at });
	}
	await store.press(stopOf({ stop_id: "z", scope: "intake", value: null }));
	const stops = await store.readStops(NOW);
	assert.equal(stops.find((stop) => stop.released === null)?.stop_id, "z");
	assert.equal(stops.length, 201);
	assert.ok(stops.some(({ stop_id }) => stop_id === "a-249"));
});
