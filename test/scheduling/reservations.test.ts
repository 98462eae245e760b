import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import { isAllocated } from "../../src/domain/scheduling/allocation.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { createLocalPlaces } from "../../src/scheduling/local-places.ts";
import { createRedisPlaces } from "../../src/scheduling/redis-places.ts";
import { createReservations } from "../../src/scheduling/reservations.ts";
import { isCritical } from "../../src/scheduling/to-place.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { allocationOf } from "../support/allocations.ts";
import { configured } from "../support/configured.ts";
import { eventually } from "../support/eventually.ts";
import { workersAre } from "../support/known-workers.ts";
import { schedulerOver } from "../support/scheduler.ts";
import { openRedis, serverAddress, silentLog } from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";
import { workerOf } from "../support/workers.ts";

test("createReservations: a Redis that comes back without its last writes loses no place", async (t) => {
	const [node = ""] = serverAddress("REDIS_CLUSTER_NODES").split(",");
	const proxy = await openTcpProxy(t, node);
	const { redis } = openRedis(t, { node: proxy.address });
	const keyPrefix = `{test-${randomUUID()}}`;
	const workers = workersAre([workerOf("w-1")]);
	const open = () =>
		schedulerOver(workers, { shared: createRedisPlaces(redis, { keyPrefix }) });
	const { allocate, reservations } = open();
	const chunk = allocationOf([], []);
	const heldNow = async () => {
		// On a busy machine Redis may seem away for a moment.
		await reservations.refresh();
		const places = createRedisPlaces(redis, { keyPrefix });
		await places.refresh();
		return places.holdings("", "").held.get("w-1") ?? 0;
	};
	await allocate(chunk);
	const ended = chunk.tickets.map(({ ticket_id }) => ticket_id);
	reservations.ended(ended.map((ticket_id) => ({ ticket_id, agent_id: null })));
	await eventually(async () => (await heldNow()) === 0);
	// As it was before: the places are taken again.
	await open().allocate(chunk);
	await proxy.cut();
	reservations.ended([{ ticket_id: "another", agent_id: null }]);
	await proxy.restore();
	await eventually(async () => {
		reservations.ended([{ ticket_id: "another", agent_id: null }]);
		return (await heldNow().catch(() => 9)) === 0;
	});
});

test("createReservations: the log says once that places are local, also while Redis answers with errors", async () => {
	const said: string[] = [];
	const down = async () => {
		throw new OrchestratorError("CACHE_UNAVAILABLE", "script failed");
	};
	const local = createLocalPlaces();
	const reservations = createReservations({
		shared: { ...local, refresh: down },
		local,
		metrics: createMetrics(),
		log: { ...silentLog, warn: (_, text) => void said.push(`${text}`) },
	});
	for (const _ of [1, 2]) await reservations.refresh([]);
	assert.deepEqual(said, ["places are local for now"]);
});

// The earlier service's cases: by risk or by priority, with default settings.
for (const [risk_band, priority, expected] of [
	["critical", "LOW", true],
	["high", "NORMAL", true],
	["medium", "CRITICAL", true],
	["low", "HIGH", true],
	["medium", "NORMAL", false],
	["low", "LOW", false],
] as const)
	test(`isCritical: ${risk_band} risk, ${priority}: ${expected}`, () =>
		assert.equal(
			isCritical({ risk_band, priority }, configured({}).scheduler),
			expected,
		));

const stores = [
	["local", () => createLocalPlaces({ maxLapseMs: Infinity })],
	[
		"in Redis",
		(t: TestContext) =>
			createRedisPlaces(openRedis(t).redis, {
				keyPrefix: `{test-${randomUUID()}}`,
			}),
	],
] as const;
for (const [kind, sharedOf] of stores)
	test(`createAllocator: a chunk that comes again has the places it has, ${kind}`, async (t) => {
		// 12 places, and more workers than the best three of each ticket.
		const workers = Array.from({ length: 6 }, (_, at) =>
			workerOf(`w-${at}`, { slots: 2 }),
		);
		const { allocator, reservations } = schedulerOver(workersAre(workers), {
			shared: sharedOf(t),
			settings: { queueFactor: 1, routing: { groupId: "g" } },
		});
		const chunk = allocationOf(...Array.from({ length: 13 }, () => []));
		const waiting = async () =>
			(await allocator.allocate(chunk)).filter((one) => !isAllocated(one))
				.length;
		assert.equal(await waiting(), 1);
		assert.equal(await waiting(), 1);
		const { held } = reservations.holdings("p-1", "i-1");
		assert.deepEqual([...held.values()], [2, 2, 2, 2, 2, 2]);
	});

test("createAllocator: a ticket that comes again keeps its place with a worker that others wait for", async () => {
	const worker = (agent_id: string, avg_duration_ms: number) =>
		workerOf(agent_id, {
			slots: 1,
			telemetry: { success_rate: 1, avg_duration_ms, total_executions: 1_000 },
		});
	const fast = worker("fast", 100);
	const slow = worker("slow", 4_000);
	const { allocator } = schedulerOver(workersAre([fast, slow]), {
		settings: { queueFactor: 1, routing: { groupId: "g" } },
	});
	for (const _ of [1, 2]) {
		const [answer] = await allocator.allocate(allocationOf([]));
		assert.ok(answer && isAllocated(answer));
		assert.equal(answer.agent_id, "fast");
	}
});
