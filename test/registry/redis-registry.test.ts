import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import type { AgentChange } from "../../src/domain/registry/agent.ts";
import { createRedisRegistry } from "../../src/registry/redis-registry.ts";
import { registration, telemetry } from "../support/agents-at-work.ts";
import { eventually } from "../support/eventually.ts";
import { openRedis, serverAddress } from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";

const LEASE_MS = 15_000;
const HOUR_MS = 3_600_000;

/** A registry of the test's own with a clock that the test moves. */
function openRegistry(t: TestContext) {
	const { redis } = openRedis(t);
	const space = `test-${randomUUID()}`;
	const clock = { nowMs: 1_000_000 };
	const options = { leaseMs: LEASE_MS, space, lookIntervalMs: 20 };
	const registry = createRedisRegistry(redis, {
		...options,
		nowMs: () => clock.nowMs,
	});
	const idsNow = async () =>
		(await registry.list()).map(({ agent_id }) => agent_id);
	return { registry, clock, redis, space, idsNow };
}

test("redisRegistry: an agent is kept as it registered, with its last heartbeat", async (t) => {
	const { registry, clock } = openRegistry(t);
	const metadata = { security_level: "SECRET", executing: "[]" };
	await registry.register(registration({ metadata }));
	clock.nowMs += 5_000;
	const beat = { telemetry: telemetry(), metadata: { executing: "[1]" } };
	const answer = await registry.heartbeat({ agent_id: "agent-1", ...beat });
	assert.deepEqual(answer, { status: "HEALTHY", last_seen: 1_005_000 });
	const found = await registry.get("agent-1");
	assert.deepEqual(found, {
		...registration({ telemetry: telemetry() }),
		metadata: { security_level: "SECRET", executing: "[1]" },
		registered_at: 1_000_000,
		last_seen: 1_005_000,
		status: "HEALTHY",
	});
	assert.deepEqual(await registry.list(), [found]);
});

test("redisRegistry: who misses renewals is DEGRADED, then UNHEALTHY, then left out, and forgotten at last", async (t) => {
	const { registry, clock, idsNow } = openRegistry(t);
	await registry.register(registration());
	const statusNow = async () => (await registry.get("agent-1"))?.status;
	clock.nowMs += 11_000;
	assert.equal(await statusNow(), "DEGRADED");
	clock.nowMs += 4_000;
	assert.equal(await statusNow(), "UNHEALTHY");
	assert.deepEqual(await idsNow(), ["agent-1"]);
	clock.nowMs += 6 * 60_000;
	assert.deepEqual(await idsNow(), []);
	// Whoever asks whether it died is still told.
	assert.equal(await statusNow(), "UNHEALTHY");
	clock.nowMs += 4 * HOUR_MS;
	await registry.register(registration({ agent_id: "agent-2" }));
	assert.equal(await statusNow(), undefined);
	assert.deepEqual(await idsNow(), ["agent-2"]);
});

test("redisRegistry: a heartbeat of an agent that was given back or never came does not bring it back", async (t) => {
	const { registry, idsNow } = openRegistry(t);
	const beat = { agent_id: "agent-1", telemetry: null, metadata: {} };
	assert.equal(await registry.heartbeat(beat), undefined);
	await registry.register(registration());
	assert.equal(await registry.deregister("agent-1"), true);
	assert.equal(await registry.deregister("agent-1"), false);
	assert.equal(await registry.heartbeat(beat), undefined);
	assert.deepEqual(await idsNow(), []);
});

test("redisRegistry: discovers by capabilities and filters, the best first", async (t) => {
	const { registry } = openRegistry(t);
	const able = { capabilities: ["a", "b"] };
	await registry.register(registration({ agent_id: "plain", ...able }));
	const good = telemetry({ total_executions: 1_000 });
	await registry.register(
		registration({ agent_id: "good", telemetry: good, ...able }),
	);
	await registry.register(registration({ agent_id: "less" }));
	const other = { namespace: "production", ...able };
	await registry.register(registration({ agent_id: "away", ...other }));
	const found = await registry.discover(["a"], { namespace: "default" }, 5);
	assert.deepEqual(
		found.map(({ agent_id }) => agent_id),
		["good", "plain"],
	);
	assert.equal((await registry.discover(["a"], {}, 1)).length, 1);
});

test("redisRegistry: a note is found in the agent's metadata", async (t) => {
	const { registry } = openRegistry(t);
	const notice = {
		agent_id: "agent-1",
		notification_type: "drain",
		message: "at noon",
	};
	assert.equal(await registry.notify(notice), false);
	await registry.register(registration());
	assert.equal(await registry.notify(notice), true);
	assert.deepEqual((await registry.get("agent-1"))?.metadata, {
		notification_type: "drain",
		notification_message: "at noon",
		notification_at: "1000000",
	});
});

test("redisRegistry: more than is kept of an agent is refused, and so is no such thing in Redis", async (t) => {
	const { registry, redis, space, idsNow } = openRegistry(t);
	const metadata = Object.fromEntries(
		Array.from({ length: 5 }, (_, at) => [`m${at}`, "x".repeat(2_000)]),
	);
	await assert.rejects(registry.register(registration({ metadata })), {
		code: "REGISTRATION_REFUSED",
		message: /agent-1 says \d+ bytes of itself, at most 8192/,
	});
	await registry.register(registration());
	await redis.run("spoil", async (client) => {
		for (const [id, text] of [
			["a", "{not json"],
			["b", '{"agent_id":7}'],
			["c", '{"agent_id":"c","capabilities":1}'],
		] as const) {
			await client.zadd(`{${space}}:leases`, 9e15, id);
			await client.hset(`{${space}}:agents`, id, text);
		}
	});
	assert.deepEqual(await idsNow(), ["agent-1"]);
});

test("redisRegistry: a watcher is told of all agents, then of changes", async (t) => {
	const { registry, clock } = openRegistry(t);
	await registry.register(registration());
	const seen: AgentChange[] = [];
	const end = new AbortController();
	const watching = registry.watch((changes) => {
		seen.push(...changes);
	}, end.signal);
	const kinds = () => seen.map(({ kind }) => kind);
	await eventually(() => seen.length === 1);
	clock.nowMs += LEASE_MS;
	await eventually(() => seen.length === 2);
	await registry.deregister("agent-1");
	await eventually(() => seen.length === 3);
	assert.deepEqual(kinds(), ["REGISTERED", "STATUS_CHANGED", "DEREGISTERED"]);
	end.abort();
	await watching;
});

test("redisRegistry: says that Redis is away", async (t) => {
	const [target = ""] = serverAddress("REDIS_CLUSTER_NODES").split(",");
	const proxy = await openTcpProxy(t, target);
	const { redis } = openRedis(t, { node: proxy.address });
	const registry = createRedisRegistry(redis, { leaseMs: LEASE_MS });
	await proxy.cut();
	await assert.rejects(registry.list(), { code: "CACHE_UNAVAILABLE" });
	await assert.rejects(registry.ping(), { code: "CACHE_UNAVAILABLE" });
	await proxy.restore();
	await eventually(async () => Array.isArray(await registry.list()));
});
