import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { createLocalPlaces } from "../../src/scheduling/local-places.ts";
import type {
	ChunkRequest,
	PlaceRequest,
	PlaceStore,
} from "../../src/scheduling/places.ts";
import { createRedisPlaces } from "../../src/scheduling/redis-places.ts";
import { eventually } from "../support/eventually.ts";
import { openRedis } from "../support/stores.ts";

function request(
	ticket_id: string,
	agents: Record<string, number>,
	facts: Partial<PlaceRequest> = {},
): PlaceRequest {
	return {
		ticket_id,
		former_ticket_id: null,
		isCritical: false,
		isPreemptable: false,
		lapseMs: 60_000,
		agents: Object.entries(agents).map(([agent_id, places]) => ({
			agent_id,
			places,
			ms: 1_000,
		})),
		traceKey: "BUILD",
		...facts,
	};
}

function chunk(...tickets: PlaceRequest[]): ChunkRequest {
	return { plan_id: "p-1", intent_id: "i-1", tickets };
}

function freed(...ticketIds: string[]) {
	return ticketIds.map((ticket_id) => ({ ticket_id }));
}

/** Keys of the test's own. */
function sharedPlaces(t: TestContext) {
	const { redis } = openRedis(t);
	const keyPrefix = `{test-${randomUUID()}}`;
	const open = () => createRedisPlaces(redis, { keyPrefix });
	return { open, keysLeft: () => keysOf(keyPrefix), redis, keyPrefix };

	async function keysOf(prefix: string): Promise<string[]> {
		return await redis.run("list_keys", (client) => client.keys(`${prefix}:*`));
	}
}

/** The counts as an agent that looks for the first time sees them. */
async function heldBy(store: PlaceStore): Promise<Record<string, number>> {
	await store.refresh();
	const { held } = store.holdings("p-1", "i-1");
	return Object.fromEntries(held);
}

test("createRedisPlaces: nobody has more than its places; the second of two processes gets what is left", async (t) => {
	const { open } = sharedPlaces(t);
	const tickets = (name: string) =>
		chunk(
			...Array.from({ length: 6 }, (_, at) =>
				request(`${name}-${at}`, { a: 2, b: 4 }),
			),
		);
	const [one, two] = await Promise.all([
		open().reserve(tickets("one")),
		open().reserve(tickets("two")),
	]);
	const given = [...one, ...two];
	assert.equal(given.filter((agent) => agent === "a").length, 2);
	assert.equal(given.filter((agent) => agent === "b").length, 4);
	assert.equal(given.filter((agent) => agent === null).length, 6);
	assert.deepEqual(await heldBy(open()), { a: 2, b: 4 });
});

test("createRedisPlaces: the same chunk again changes nothing; the next attempt takes over; freeing twice frees once", async (t) => {
	const { open, keysLeft } = sharedPlaces(t);
	const store = open();
	const first = chunk(request("t-1", { a: 1 }, { isCritical: true }));
	for (const _ of [1, 2]) assert.deepEqual(await store.reserve(first), ["a"]);
	const next = request("t-1/2", { a: 1 }, { former_ticket_id: "t-1" });
	assert.deepEqual(await store.reserve(chunk(next)), ["a"]);
	assert.deepEqual(await heldBy(open()), { a: 1 });
	assert.deepEqual(await store.free(freed("t-1", "t-1/2", "t-1/2")), [
		null,
		"a",
		null,
	]);
	assert.deepEqual(await keysLeft(), []);
});

test("createRedisPlaces: affinity is told with the places, and ends with them", async (t) => {
	const { open } = sharedPlaces(t);
	const store = open();
	await store.reserve(
		chunk(
			request("t-1", { a: 5 }, { isCritical: true }),
			request("t-2", { a: 5 }),
		),
	);
	const { plan, intent, critical } = store.holdings("p-1", "i-1");
	assert.deepEqual(
		[plan, intent, critical].map((counts) => counts.get("a")),
		[2, 2, 1],
	);
	await store.free(freed("t-1", "t-2"));
	await store.reserve(chunk(request("t-3", {})));
	const after = store.holdings("p-1", "i-1");
	assert.deepEqual(
		[after.plan, after.intent, after.critical].map(({ size }) => size),
		[0, 0, 0],
	);
});

test("createRedisPlaces: places lapse, and those of agents that are gone are freed", async (t) => {
	const { open, keysLeft } = sharedPlaces(t);
	await open().reserve(
		chunk(
			request("t-1", { a: 1 }, { lapseMs: 1 }),
			request("t-2", { b: 2 }),
			request("t-3", { b: 2 }),
			request("t-4", { c: 1 }),
		),
	);
	await eventually(async () => (await heldBy(open())).a === undefined);
	assert.deepEqual(await heldBy(open()), { b: 2, c: 1 });
	assert.equal(await open().freeAgents(["b", "nobody"]), 2);
	assert.deepEqual(await heldBy(open()), { c: 1 });
	await open().free(freed("t-4"));
	assert.deepEqual(await keysLeft(), []);
});

test("createRedisPlaces: a server that forgot its scripts is given them again", async (t) => {
	const { open, redis } = sharedPlaces(t);
	const store = open();
	await redis.run("forget_scripts", (client) => client.script("FLUSH"));
	assert.deepEqual(await store.reserve(chunk(request("t-1", { a: 1 }))), ["a"]);
});

test("createRedisPlaces: a value that somebody else wrote is removed, and no chunk fails by it", async (t) => {
	const { open, redis, keyPrefix, keysLeft } = sharedPlaces(t);
	const store = open();
	const odd = ["{", "3", '"x"', "[]", "[1,2,3,4,5,6]", '["a","p","i",0,"x"]'];
	await redis.run("spoil", (client) =>
		client.hset(
			`${keyPrefix}:tickets`,
			Object.fromEntries(odd.map((text, at) => [`t-${at}`, text])),
		),
	);
	await redis.run("spoil", (client) =>
		client.zadd(`${keyPrefix}:lapses`, 1, "t-0", 1, "t-1"),
	);
	const executed = [{ agent_id: "a", ticket_id: "t-2", endpoint: "" }];
	const settings = { maxConcurrent: 1, graceMs: 1, cooldownMs: 1 };
	assert.equal(
		await store.preempt("urgent", executed, settings),
		"no_candidates",
	);
	const asked = odd.map((_, at) => request(`t-${at}`, { a: 9 }));
	const given = await store.reserve(chunk(...asked));
	assert.deepEqual(given, Array(odd.length).fill("a"));
	assert.deepEqual(await heldBy(open()), { a: odd.length });
	await store.free(asked);
	assert.deepEqual(await keysLeft(), []);
});

const agentIds = ["a", "b", "c"] as const;
const ticketId = fc.integer({ min: 0, max: 9 }).map((id) => `t-${id}`);
const anyRequest = fc.record({
	ticket_id: ticketId,
	former_ticket_id: fc.option(ticketId, { freq: 3 }),
	isCritical: fc.boolean(),
	isPreemptable: fc.boolean(),
	lapseMs: fc.constant(60_000),
	agents: fc
		.uniqueArray(fc.constantFrom(...agentIds), { maxLength: 3 })
		.map((ids) =>
			ids.map((agent_id) => ({
				agent_id,
				places: 1 + agentIds.indexOf(agent_id),
				ms: 10 ** agentIds.indexOf(agent_id),
			})),
		),
	traceKey: fc.constant("BUILD"),
});
const anyStep = fc.oneof(
	fc.record({
		reserve: fc.record({
			plan_id: fc.constantFrom("p-1", "p-2"),
			intent_id: fc.constantFrom("i-1", "i-2"),
			tickets: fc.uniqueArray(anyRequest, {
				selector: ({ ticket_id }) => ticket_id,
				maxLength: 5,
			}),
		}),
	}),
	fc.record({ free: fc.array(ticketId, { maxLength: 4 }) }),
	fc.record({ gone: fc.constantFrom(...agentIds) }),
);

test("createRedisPlaces, createLocalPlaces: the same calls have the same answers, and the counts are those of the places", async (t) => {
	const { redis } = openRedis(t);
	await fc.assert(
		fc.asyncProperty(fc.array(anyStep, { maxLength: 12 }), async (steps) => {
			const keyPrefix = `{test-${randomUUID()}}`;
			const shared = createRedisPlaces(redis, { keyPrefix });
			const local = createLocalPlaces();
			for (const step of steps) {
				const answers = await Promise.all(
					[shared, local].map(async (store: PlaceStore) => {
						if ("reserve" in step) return await store.reserve(step.reserve);
						if ("free" in step) return await store.free(freed(...step.free));
						return await store.freeAgents([step.gone]);
					}),
				);
				assert.deepEqual(answers[0], answers[1]);
				const fresh = createRedisPlaces(redis, { keyPrefix });
				const seen = await Promise.all(
					[fresh, local].map(async (store: PlaceStore) => {
						await store.refresh();
						const { held, critical, work } = store.holdings("", "");
						return [held, critical, work as typeof held].map((counts) =>
							[...counts].sort(),
						);
					}),
				);
				assert.deepEqual(seen[0], seen[1]);
				for (const [agent, count] of local.holdings("", "").held)
					assert.ok(count <= 1 + agentIds.indexOf(agent as "a"));
			}
			const all = Array.from({ length: 10 }, (_, id) => `t-${id}`);
			await shared.free(freed(...all));
			const left = await redis.run("list_keys", (client) =>
				client.keys(`${keyPrefix}:*`),
			);
			assert.deepEqual(left, []);
		}),
		{ numRuns: 40 },
	);
});

test("createLocalPlaces: they lapse soon, whatever was asked", async () => {
	let nowMs = 0;
	const store = createLocalPlaces({ maxLapseMs: 100, nowMs: () => nowMs });
	assert.deepEqual(await store.reserve(chunk(request("t-1", { a: 1 }))), ["a"]);
	nowMs = 99;
	assert.deepEqual(await heldBy(store), { a: 1 });
	nowMs = 100;
	assert.deepEqual(await heldBy(store), {});
});
