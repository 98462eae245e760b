import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import {
	leaveTrace,
	type Trace,
	type TraceOutcome,
} from "../../src/domain/scheduling/traces.ts";
import type { PlaceRequest } from "../../src/scheduling/places.ts";
import { createRedisPlaces } from "../../src/scheduling/redis-places.ts";
import { allocationOf, wireTicketOf } from "../support/allocations.ts";
import { eventually } from "../support/eventually.ts";
import { workersAre } from "../support/known-workers.ts";
import { schedulerOver } from "../support/scheduler.ts";
import { openRedis, serverAddress } from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";
import { workerOf } from "../support/workers.ts";

const HALF_LIFE_MS = 600_000;
const KIND = "EXECUTE|go";

function request(ticket_id: string, agent_id: string): PlaceRequest {
	return {
		ticket_id,
		former_ticket_id: null,
		isCritical: false,
		isPreemptable: false,
		lapseMs: 60_000,
		agents: [{ agent_id, places: 100, ms: 1_000 }],
		traceKey: KIND,
	};
}

function openPlaces(t: TestContext, traceHalfLifeMs = HALF_LIFE_MS) {
	const { redis } = openRedis(t);
	const keyPrefix = `{test-${randomUUID()}}`;
	return {
		redis,
		keyPrefix,
		open: () => createRedisPlaces(redis, { keyPrefix, traceHalfLifeMs }),
	};
}

async function play(
	store: ReturnType<typeof createRedisPlaces>,
	agent_id: string,
	outcomes: readonly (TraceOutcome | undefined)[],
) {
	for (const [at, outcome] of outcomes.entries()) {
		const ticket_id = `${agent_id}-${at}`;
		await store.reserve({
			plan_id: "p",
			intent_id: "i",
			tickets: [request(ticket_id, agent_id)],
		});
		await store.free([{ ticket_id, outcome }]);
	}
}

test("traces: Redis adds outcomes up as the pure function does, and each place leaves one", async (t) => {
	const { open } = openPlaces(t);
	const outcome = fc.constantFrom<TraceOutcome>("success", "failure");
	let played = 0;
	await fc.assert(
		fc.asyncProperty(
			fc.array(outcome, { minLength: 1, maxLength: 8 }),
			async (outcomes) => {
				played += 1;
				const agent = `w-${played}`;
				const store = open();
				await play(store, agent, outcomes);
				// The same ends again have no place any more.
				await store.free([{ ticket_id: `${agent}-0`, outcome: "failure" }]);
				await store.refresh([KIND]);
				const found = store.traces(KIND)?.get(agent) as Trace;
				let expected: Trace | undefined;
				for (const one of outcomes)
					expected = leaveTrace(
						expected,
						{ outcome: one },
						found.at_ms,
						HALF_LIFE_MS,
					);
				// The outcomes of a test lie milliseconds apart.
				assert.ok(Math.abs(found.success - (expected?.success ?? 0)) < 0.01);
				assert.ok(Math.abs(found.failure - (expected?.failure ?? 0)) < 0.01);
				assert.equal(found.failed_at_ms > 0, outcomes.includes("failure"));
			},
		),
		{ numRuns: 20 },
	);
});

test("traces: who executed a ticket has its trace; an attempt without a result is its agent's failure", async (t) => {
	const { open } = openPlaces(t);
	const store = open();
	const chunk = (...tickets: PlaceRequest[]) => ({
		...{ plan_id: "p", intent_id: "i" },
		tickets,
	});
	await store.reserve(chunk(request("t-1", "chosen")));
	await store.reserve(chunk(request("t-0", "executor")));
	await store.free([
		{ ticket_id: "t-1", outcome: "success", agent_id: "executor" },
	]);
	await store.reserve(chunk(request("t-2", "silent")));
	const next = { ...request("t-2/2", "other"), former_ticket_id: "t-2" };
	await store.reserve(chunk(next));
	await store.free([{ ticket_id: "t-2/2" }]);
	const traces = await store.readTraces([
		"chosen",
		"executor",
		"silent",
		"other",
	]);
	const shown = [...(traces ?? [])].map(([agent, [first]]) => [
		...[agent, first?.key, first?.trace.success, first?.trace.failure],
	]);
	assert.deepEqual(shown.toSorted(), [
		["executor", KIND, 1, 0],
		["silent", KIND, 0, 1],
	]);
});

test("traces: a report in somebody else's name harms nobody else, and makes nobody known", async (t) => {
	const store = openPlaces(t).open();
	await play(store, "rival", ["success"]);
	const tickets = ["t-1", "t-2", "t-3"].map((id) => request(id, "own"));
	const plan = { plan_id: "p", intent_id: "i" };
	await store.reserve({ ...plan, tickets: [request("t-0", "first")] });
	await store.free([
		{ ticket_id: "t-0", outcome: "success", agent_id: "first" },
	]);
	await store.reserve({
		...plan,
		tickets: tickets.map((one) => ({ ...one, predictedMs: 1_000 })),
	});
	const slow = { outcome: "success" as const, actual_ms: 9_000 };
	await store.free([
		{ ticket_id: "t-1", outcome: "failure", agent_id: "rival" },
		{ ticket_id: "t-2", agent_id: "made-up", ...slow },
		{ ticket_id: "t-3", agent_id: "rival", ...slow },
	]);
	const traces = await store.readTraces([
		...["first", "rival", "own", "made-up"],
	]);
	const of = (agent: string) => traces?.get(agent)?.[0]?.trace;
	assert.ok((of("rival")?.success ?? 0) > 1 && of("rival")?.failure === 0);
	assert.equal(of("rival")?.paced, 0);
	assert.deepEqual([of("own")?.success, of("own")?.failure], [0, 1]);
	assert.equal(traces?.has("made-up"), false);
	assert.equal(of("first")?.success, 1);
});

test("traces: a full table of a kind lets an old worker go for a new one", async (t) => {
	const { open, redis, keyPrefix } = openPlaces(t);
	const table = `${keyPrefix}:trace:${KIND}`;
	const old = Array.from({ length: 2_000 }, (_, at) => `old-${at}`);
	await redis.run("fill", (client) =>
		client.hset(
			table,
			Object.fromEntries(old.map((id, at) => [id, `[1,0,${at + 1},0]`])),
		),
	);
	const store = open();
	for (const agent of ["new-1", "new-2"]) await play(store, agent, ["failure"]);
	const left = await redis.run("list", (client) => client.hkeys(table));
	assert.equal(left.length, 2_000);
	assert.ok(left.includes("new-1") && left.includes("new-2"));
});

test("traces: they expire by themselves, and with no half-life there are none", async (t) => {
	const { open, redis, keyPrefix } = openPlaces(t, 10);
	await play(open(), "w-1", ["success"]);
	await eventually(async () => {
		const left = await redis.run("list_keys", (client) =>
			client.keys(`${keyPrefix}:trace:*`),
		);
		return left.length === 0;
	});
	const off = openPlaces(t, 0).open();
	await play(off, "w-1", ["success"]);
	await off.refresh([KIND]);
	assert.equal(off.traces(KIND), undefined);
	assert.equal(await off.readTraces(["w-1"]), undefined);
});

test("createAllocator: a worker that begins to fail loses its tickets within five outcomes, and wins them back when it is tried again", async (t) => {
	const halfLifeMs = 20_000;
	const { open } = openPlaces(t, halfLifeMs);
	const workers = workersAre(
		["bad", "good-1", "good-2"].map((id) => workerOf(id)),
	);
	let fails = true;
	let played = 0;
	/** One ticket more, which ends at once; whether the bad one had it. */
	async function playTicket(): Promise<boolean> {
		// Its own processes, which have read nothing yet.
		const { allocate, reservations } = schedulerOver(workers, {
			shared: open(),
			settings: { traceHalfLifeMs: halfLifeMs },
		});
		played += 1;
		const plan_id = `p-${played}`;
		const ticket_id = `t-${played}`;
		const tickets = [wireTicketOf({ ticket_id, plan_id, intent_id: plan_id })];
		const [allocation] = await allocate({ plan_id, tickets });
		const agent_id = allocation?.agent_id as string;
		const isBad = agent_id === "bad";
		const outcome = isBad && fails ? "failure" : "success";
		const before = await newestTraceOf(agent_id);
		reservations.ended([{ ticket_id, agent_id, outcome }]);
		await eventually(async () => (await newestTraceOf(agent_id)) !== before);
		return isBad;
	}
	async function newestTraceOf(agent_id: string): Promise<string> {
		const traces = await open().readTraces([agent_id]);
		return JSON.stringify(traces?.get(agent_id) ?? null);
	}
	let got = 0;
	for (let at = 0; at < 15; at += 1) got += (await playTicket()) ? 1 : 0;
	assert.ok(got >= 1 && got <= 5, `${got} of 15`);
	fails = false;
	// It is tried after a tenth of the half-life, and then again and again.
	got = 0;
	await eventually(async () => {
		got += (await playTicket()) ? 1 : 0;
		return got >= 4;
	}, 30_000);
});

test("createAllocator: Redis away: traces are not known, and the allocation's places say so", async (t) => {
	const [node = ""] = serverAddress("REDIS_CLUSTER_NODES").split(",");
	const proxy = await openTcpProxy(t, node);
	const { redis } = openRedis(t, { node: proxy.address });
	const shared = createRedisPlaces(redis, {
		keyPrefix: `{test-${randomUUID()}}`,
		traceHalfLifeMs: HALF_LIFE_MS,
	});
	const { allocate, reservations } = schedulerOver(
		workersAre([workerOf("w-1")]),
		{ shared },
	);
	await proxy.cut();
	const [allocation] = await allocate(allocationOf([], []));
	assert.equal(allocation?.agent_id, "w-1");
	assert.equal(reservations.traces(KIND), undefined);
});
