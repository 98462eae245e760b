import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { isCritical } from "../../src/scheduling/place-chunk.ts";
import { createRedisPlaces } from "../../src/scheduling/redis-places.ts";
import { allocationOf } from "../support/allocations.ts";
import { configured } from "../support/configured.ts";
import { eventually } from "../support/eventually.ts";
import { workersAre } from "../support/known-workers.ts";
import { schedulerOver } from "../support/scheduler.ts";
import { openRedis, serverAddress } from "../support/stores.ts";
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
