import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import { createDocumentStore } from "../../src/storage/document-store.ts";
import { createTicketIndex } from "../../src/storage/ticket-index.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import {
	metricValue,
	mongoUriVia,
	openMongo,
	openMongoVia,
	openRedis,
	serverAddress,
} from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";

async function openAll(t: TestContext) {
	const { mongo } = await openMongo(t);
	const { redis } = openRedis(t);
	const metrics = createMetrics();
	return { mongo, redis, metrics };
}

/** An address at which nothing answers. */
async function deadAddress(t: TestContext): Promise<string> {
	const proxy = await openTcpProxy(t, serverAddress("REDIS_CLUSTER_NODES"));
	await proxy.cut();
	return proxy.address;
}

const attempt = (_id: string, plan_id: string) => ({
	collection: "ticket_attempts" as const,
	_id,
	revision: "1",
	fields: { ticket_id: _id, plan_id },
});

test("ticketIndex: what one process remembered another one resolves through redis", async (t) => {
	const deps = await openAll(t);
	const ids = Array.from({ length: 1_500 }, () => randomUUID());
	await createTicketIndex(deps).remember(
		ids.map((ticket_id) => ({ ticket_id, plan_id: `plan of ${ticket_id}` })),
	);
	const other = createTicketIndex(deps);
	const unknown = randomUUID();
	const found = await other.resolve([...ids, unknown]);
	assert.equal(found.size, 1_500);
	assert.equal(found.get(ids[7] ?? ""), `plan of ${ids[7]}`);
	const name = "orchestration_ticket_lookups_total";
	assert.equal(await metricValue(deps.metrics, name, { source: "none" }), 1);
	await other.resolve(ids);
	assert.equal(
		await metricValue(deps.metrics, name, { source: "memory" }),
		1_500,
	);
});

test("ticketIndex: what redis lost is found in mongodb", async (t) => {
	const deps = await openAll(t);
	const id = randomUUID();
	await createDocumentStore(deps.mongo).write([attempt(id, "p")]);
	const planIds = await createTicketIndex(deps).resolve([id, id]);
	assert.deepEqual([...planIds], [[id, "p"]]);
});

test("ticketIndex: what redis does not know is not looked up in mongodb for the caches' answer", async (t) => {
	const deps = await openAll(t);
	const [known, lost] = [randomUUID(), randomUUID()];
	await createDocumentStore(deps.mongo).write([attempt(lost, "p")]);
	const index = createTicketIndex(deps);
	await index.remember([{ ticket_id: known, plan_id: "q" }]);
	const { planIds, isConclusive } = await index.resolveCached([known, lost]);
	assert.deepEqual([...planIds], [[known, "q"]]);
	assert.equal(isConclusive, true);
	const name = "orchestration_ticket_lookups_total";
	const source = { source: "mongodb" };
	assert.equal(await metricValue(deps.metrics, name, source), 0);
});

test("ticketIndex: with redis away mongodb answers, and remembering does not fail", async (t) => {
	const { mongo, metrics } = await openAll(t);
	const { redis } = openRedis(t, { node: await deadAddress(t) });
	const index = createTicketIndex({ mongo, redis, metrics });
	const id = randomUUID();
	await createDocumentStore(mongo).write([attempt(id, "p")]);
	await index.remember([{ ticket_id: "in memory", plan_id: "q" }]);
	const { planIds, isConclusive } = await index.resolveCached([
		id,
		"in memory",
		"unknown",
	]);
	assert.deepEqual(Object.fromEntries(planIds), {
		[id]: "p",
		"in memory": "q",
	});
	assert.equal(isConclusive, false);
});

test("ticketIndex: with mongodb away redis answers, and the rest is unknown", async (t) => {
	const { redis, metrics } = await openAll(t);
	const { mongo } = openMongoVia(t, mongoUriVia(await deadAddress(t)));
	const id = randomUUID();
	const deps = { mongo, redis, metrics };
	await createTicketIndex(deps).remember([{ ticket_id: id, plan_id: "p" }]);
	const planIds = await createTicketIndex(deps).resolve([id, "unknown"]);
	assert.deepEqual([...planIds], [[id, "p"]]);
});
