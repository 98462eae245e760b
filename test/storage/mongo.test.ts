import assert from "node:assert/strict";
import { createHook } from "node:async_hooks";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createDocumentStore } from "../../src/storage/document-store.ts";
import { indexes } from "../../src/storage/indexes.ts";
import { eventually } from "../support/eventually.ts";
import {
	metricValue,
	mongoUriVia,
	openMongo,
	openMongoVia,
	serverAddress,
} from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";

const unavailable = { code: "STORE_UNAVAILABLE" };

async function openBehindProxy(t: TestContext) {
	const proxy = await openTcpProxy(
		t,
		new URL(serverAddress("MONGODB_URI")).host,
	);
	return { proxy, ...openMongoVia(t, mongoUriVia(proxy.address)) };
}

test("mongo: a server that is away fails calls fast, and work goes on when it is back", async (t) => {
	const { proxy, mongo, metrics } = await openBehindProxy(t);
	await mongo.ping();
	await proxy.cut();
	await assert.rejects(mongo.ping(), unavailable);
	assert.equal(
		await metricValue(metrics, "orchestration_store_away", {
			store: "mongodb",
		}),
		1,
	);
	// Asked a hundred times one after the other: each at once, or the deadline of the test strikes.
	for (let n = 0; n < 100; n++) await assert.rejects(mongo.ping(), unavailable);
	await proxy.restore();
	await eventually(async () => {
		await mongo.ping();
		return true;
	});
	assert.equal(
		await metricValue(metrics, "orchestration_store_away", {
			store: "mongodb",
		}),
		0,
	);
});

test("mongo: work goes on after all connections ended under reads, which the driver itself does not survive", async (t) => {
	const { proxy, mongo, metrics } = await openBehindProxy(t);
	const read = () =>
		mongo.run({ collection: "c", name: "find" }, (found) => found.findOne({}));
	await Promise.all([read(), read(), read()]);
	// A server was checked half a second ago or more: the next check begins at once.
	await sleep(900);
	proxy.freeze();
	const reads = Promise.allSettled([read(), read(), read()]);
	await sleep(50);
	await proxy.cut();
	await reads;
	await proxy.restore();
	await eventually(async () => {
		await mongo.ping();
		return true;
	}, 60_000);
	const open = { pool_type: "open" };
	const size = "mongodb_pool_size";
	assert.ok((await metricValue(metrics, size, open)) >= 1);
});

test("mongo: a connection at rest wakes its process once a second, not ten times", async (t) => {
	const { mongo } = await openMongo(t);
	await mongo.ping();
	let timers = 0;
	const hook = createHook({
		init(_id, type) {
			const isPoolsTimer =
				type === "Timeout" && new Error().stack?.includes("ensureMinPoolSize");
			if (isPoolsTimer) timers += 1;
		},
	}).enable();
	t.after(() => hook.disable());
	await eventually(async () => timers > 0);
	timers = 0;
	await sleep(1_500);
	assert.ok(timers <= 3, `${timers} timers of the pool`);
});

test("mongo: a server that hangs is given up in time", async (t) => {
	const { proxy, mongo } = await openBehindProxy(t);
	await mongo.ping();
	proxy.freeze();
	const message = /^mongodb failed to ping in .*: timeout: no answer within/;
	await assert.rejects(mongo.ping(), { ...unavailable, message });
	await proxy.restore();
	await eventually(async () => {
		await mongo.ping();
		return true;
	});
});

test("mongo: away at the start, it connects and creates its indexes later", async (t) => {
	const proxy = await openTcpProxy(
		t,
		new URL(serverAddress("MONGODB_URI")).host,
	);
	await proxy.cut();
	const { mongo } = openMongoVia(t, mongoUriVia(proxy.address));
	await assert.rejects(mongo.ping(), unavailable);
	await proxy.restore();
	await mongo.indexed;
	for (const [collection, wanted] of Object.entries(indexes)) {
		const there = await mongo.run(
			{ collection, name: "list_indexes" },
			async (target) => await target.indexes(),
		);
		const keys = there.map(({ key }) => JSON.stringify(key));
		for (const { key } of wanted) {
			assert.ok(keys.includes(JSON.stringify(key)), `${collection} ${key}`);
		}
	}
});

test("mongo: an operation the server refuses is no outage", async (t) => {
	const { mongo, metrics } = await openMongo(t);
	await mongo.ping();
	await assert.rejects(
		mongo.run({ collection: "any", name: "nonsense" }, async (target) => {
			await target.db.command({ noSuchCommand: 1 });
		}),
		unavailable,
	);
	await mongo.ping();
	assert.equal(
		await metricValue(metrics, "mongodb_persistence_errors_total", {
			collection: "any",
			operation: "nonsense",
		}),
		1,
	);
});

test("mongo: closing while it is away ends soon", async (t) => {
	const { proxy, mongo } = await openBehindProxy(t);
	await proxy.cut();
	const write = createDocumentStore(mongo).write([
		{ collection: "workflows", _id: "x", revision: "1", fields: {} },
	]);
	await assert.rejects(write, unavailable);
	await mongo.close();
	await assert.rejects(mongo.ping(), unavailable);
});
