import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { metricValue, openRedis, serverAddress } from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";

const unavailable = { code: "CACHE_UNAVAILABLE" };
const node = () => serverAddress("REDIS_CLUSTER_NODES").split(",")[0] ?? "";

test("redis: sets and gets many, null where there is nothing", async (t) => {
	const { redis } = openRedis(t);
	const key = `test:${randomUUID()}`;
	await redis.setMany(
		[
			[`${key}:a`, "1"],
			[`${key}:b`, "2"],
		],
		60,
	);
	assert.deepEqual(
		await redis.getMany([`${key}:b`, `${key}:none`, `${key}:a`]),
		["2", null, "1"],
	);
	assert.deepEqual(await redis.getMany([]), []);
	const lifetime = await redis.run(
		"ttl",
		async (it) => await it.ttl(`${key}:a`),
	);
	assert.ok(lifetime > 0 && lifetime <= 60);
});

test("redis: away, calls fail at once; back, they succeed again", async (t) => {
	const proxy = await openTcpProxy(t, node());
	const { redis, metrics } = openRedis(t, { node: proxy.address });
	await redis.ping();
	await proxy.cut();
	await assert.rejects(redis.ping(), unavailable);
	for (let n = 0; n < 100; n++) await assert.rejects(redis.ping(), unavailable);
	assert.equal(
		await metricValue(metrics, "orchestration_store_away", { store: "redis" }),
		1,
	);
	const failed = await metricValue(metrics, "orchestration_redis_errors_total");
	assert.ok(failed >= 100);
	await proxy.restore();
	await eventually(async () => {
		await redis.ping();
		return true;
	});
});

test("redis: a server that hangs is given up in time, again and again", async (t) => {
	const proxy = await openTcpProxy(t, node());
	const { redis } = openRedis(t, { node: proxy.address });
	await redis.ping();
	proxy.freeze();
	for (let n = 0; n < 100; n++) await assert.rejects(redis.ping(), unavailable);
	await proxy.restore();
	await eventually(async () => {
		await redis.ping();
		return true;
	});
});

test("redis: away at the start, it connects later", async (t) => {
	const proxy = await openTcpProxy(t, node());
	await proxy.cut();
	const { redis } = openRedis(t, { node: proxy.address });
	await assert.rejects(redis.ping(), unavailable);
	await proxy.restore();
	await eventually(async () => {
		await redis.ping();
		return true;
	});
});

test("redis: a command the server refuses is no outage", async (t) => {
	const { redis } = openRedis(t);
	await assert.rejects(
		redis.run("nonsense", async (it) => await it.call("NOSUCHCOMMAND")),
		unavailable,
	);
	await redis.ping();
});
