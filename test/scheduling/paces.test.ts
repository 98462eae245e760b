import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import {
	leaveTrace,
	meanPace,
	type Trace,
	type TraceOutcome,
} from "../../src/domain/scheduling/traces.ts";
import { createRedisPlaces } from "../../src/scheduling/redis-places.ts";
import { wireTicketOf } from "../support/allocations.ts";
import { eventually } from "../support/eventually.ts";
import { workersAre } from "../support/known-workers.ts";
import { predictorOf } from "../support/predictions.ts";
import { schedulerOver } from "../support/scheduler.ts";
import { openRedis } from "../support/stores.ts";
import { workerOf } from "../support/workers.ts";

/** So long that nothing evaporates while the test runs. */
const HALF_LIFE_MS = 30 * 86_400_000;

/** Each call opens another process's view of the same places. */
function openPlaces(t: TestContext) {
	const { redis } = openRedis(t);
	const keyPrefix = `{test-${randomUUID()}}`;
	return () =>
		createRedisPlaces(redis, { keyPrefix, traceHalfLifeMs: HALF_LIFE_MS });
}

test("traces: Redis adds up as the pure function does by how much tickets outlast their predictions", async (t) => {
	const store = openPlaces(t)();
	let played = 0;
	const ended = fc.record({
		outcome: fc.constantFrom<TraceOutcome>("success", "success", "failure"),
		predictedMs: fc.constantFrom(undefined, 100, 4_000),
		actual_ms: fc.option(fc.nat(100_000)),
	});
	await fc.assert(
		fc.asyncProperty(
			fc.array(ended, { minLength: 1, maxLength: 8 }),
			async (ends) => {
				played += 1;
				const agent = `w-${played}`;
				for (const [
					at,
					{ outcome, predictedMs, actual_ms },
				] of ends.entries()) {
					const ticket_id = `${agent}-${at}`;
					const ticket = {
						...{ ticket_id, former_ticket_id: null, lapseMs: 60_000 },
						...{ isCritical: false, isPreemptable: false },
						agents: [{ agent_id: agent, places: 100, ms: 1_000 }],
						...{ traceKey: "EXECUTE|go", predictedMs },
					};
					const plan = { plan_id: "p", intent_id: "i" };
					await store.reserve({ ...plan, tickets: [ticket] });
					await store.free([{ ticket_id, outcome, actual_ms }]);
				}
				const [found] = (await store.readTraces([agent]))?.get(agent) ?? [];
				let expected: Trace | undefined;
				for (const { outcome, predictedMs = 0, actual_ms } of ends) {
					const pace = predictedMs > 0 ? (actual_ms ?? 0) / predictedMs : 0;
					const end = { outcome, pace };
					const atMs = found?.trace.at_ms as number;
					expected = leaveTrace(expected, end, atMs, HALF_LIFE_MS);
				}
				const { pace = NaN, paced = NaN } = found?.trace ?? {};
				assert.ok(Math.abs(pace - (expected?.pace ?? NaN)) < 0.01);
				assert.ok(Math.abs(paced - (expected?.paced ?? NaN)) < 0.01);
			},
		),
		{ numRuns: 20 },
	);
});

test("traces: a worker whose tickets all take far longer than predicted has a pace after each of them", async (t) => {
	const store = openPlaces(t)();
	const ticket_id = "t";
	const ticket = {
		...{ ticket_id, former_ticket_id: null, lapseMs: 60_000 },
		...{ isCritical: false, isPreemptable: false },
		agents: [{ agent_id: "w", places: 1, ms: 1_000 }],
		...{ traceKey: "EXECUTE|go", predictedMs: 100 },
	};
	for (let ended = 0; ended < 100; ended += 1) {
		await store.reserve({ plan_id: "p", intent_id: "i", tickets: [ticket] });
		await store.free([{ ticket_id, outcome: "success", actual_ms: 100_000 }]);
		const [found] = (await store.readTraces(["w"]))?.get("w") ?? [];
		const mean = meanPace(found?.trace as Trace) ?? NaN;
		assert.ok(Math.abs(mean - 8) < 1e-6, `${ended}: ${mean}`);
	}
});

test("createAllocator: a worker that takes four times as long as predicted loses its tickets to one that does not", async (t) => {
	const open = openPlaces(t);
	const workers = ["a-slow", "b-fast"].map((id) => workerOf(id));
	const takesMs = { "a-slow": 4_000, "b-fast": 1_000 };
	let played = 0;
	async function playTicket(): Promise<string> {
		const { allocate, reservations } = schedulerOver(workersAre(workers), {
			shared: open(),
			predictor: predictorOf(() => 1_000),
		});
		played += 1;
		const plan_id = `p-${played}`;
		const ticket_id = `t-${played}`;
		const [allocation] = await allocate({
			plan_id,
			tickets: [wireTicketOf({ ticket_id, plan_id, intent_id: plan_id })],
		});
		const agent_id = allocation?.agent_id as keyof typeof takesMs;
		const outcome = "success" as const;
		const actual_ms = takesMs[agent_id];
		reservations.ended([{ ticket_id, agent_id, outcome, actual_ms }]);
		await eventually(async () => {
			const store = open();
			await store.refresh();
			return !store.holdings("", "").held.has(agent_id);
		});
		return agent_id;
	}
	assert.equal(await playTicket(), "a-slow");
	const later = [await playTicket(), await playTicket(), await playTicket()];
	assert.deepEqual(later, ["b-fast", "b-fast", "b-fast"]);
});
