import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { TestContext } from "node:test";
import { MongoClient } from "mongodb";
import { createMongo } from "../../src/storage/mongo.ts";
import { createRedis, type Redis } from "../../src/storage/redis.ts";
import type { Mongo } from "../../src/storage/storage-context.ts";
import { createMetrics, type Metrics } from "../../src/telemetry/metrics.ts";

const silent = () => undefined;
/** A log nobody reads. */
export const silentLog = {
	debug: silent,
	info: silent,
	warn: silent,
	error: silent,
};

/** Where the real server is; the test runner sets it. */
export function serverAddress(name: string): string {
	const value = process.env[name];
	assert.ok(value, `${name} is not set: start the stack, or run npm test`);
	return value;
}

/** The MongoDB connection string with another `host:port`. */
export function mongoUriVia(address: string): string {
	const uri = new URL(serverAddress("MONGODB_URI"));
	uri.host = address;
	return uri.href;
}

/** A connection to a database of the test's own with its indexes, dropped with the test. */
export async function openMongo(t: Pick<TestContext, "after">) {
	const opened = openMongoVia(t, serverAddress("MONGODB_URI"));
	// The stand-in loses writes that cross the creation of an index.
	await opened.mongo.indexed;
	return opened;
}

/** The same through another address, as it is just after its creation. */
export function openMongoVia(
	t: Pick<TestContext, "after">,
	uri: string,
): { mongo: Mongo; database: string; metrics: Metrics } {
	const metrics = createMetrics();
	const database = `test-${randomUUID()}`;
	const mongo = createMongo(
		{ uri, database, maxPoolSize: 5 },
		{ log: silentLog, metrics },
	);
	t.after(async () => {
		await mongo.close();
		await dropDatabase(database);
	});
	return { mongo, database, metrics };
}

/** On a connection of its own: the test may have taken the other one away. */
async function dropDatabase(name: string): Promise<void> {
	const client = new MongoClient(serverAddress("MONGODB_URI"));
	await client.db(name).dropDatabase();
	await client.close();
}

/** A connection to the Redis of the environment; keys in it are shared by all tests. */
export function openRedis(
	t: TestContext,
	/** A server that answers as the test says, with the time-out of the service. */
	{ node }: { node?: string } = {},
): { redis: Redis; metrics: Metrics } {
	const metrics = createMetrics();
	const usual = serverAddress("REDIS_CLUSTER_NODES").split(",")[0] ?? "";
	const redis = createRedis(
		// A busy machine is no outage.
		node === undefined
			? { nodes: [usual], timeoutMs: 5_000 }
			: { nodes: [node] },
		{ log: silentLog, metrics },
	);
	t.after(async () => await redis.close());
	return { redis, metrics };
}

/** How often a histogram was observed, over all its labels. */
export async function observedCount(
	metrics: Metrics,
	name: string,
): Promise<number> {
	const found = await metrics.registry.getSingleMetric(name)?.get();
	const values = (found ?? assert.fail(`no metric ${name}`)).values as {
		metricName?: string;
		value: number;
	}[];
	return values
		.filter(({ metricName }) => metricName === `${name}_count`)
		.reduce((sum, { value }) => sum + value, 0);
}

/** Value of one metric with these labels; 0 when it was never counted. */
export async function metricValue(
	metrics: Metrics,
	name: string,
	labels: Record<string, string> = {},
): Promise<number> {
	const found = await metrics.registry.getSingleMetric(name)?.get();
	assert.ok(found, `no metric ${name}`);
	const wanted = Object.entries(labels);
	const matches = found.values.filter((value) =>
		wanted.every(
			([label, text]) =>
				(value.labels as Record<string, unknown>)[label] === text,
		),
	);
	// A counter may have several series, those that did not move among them.
	if (found.type !== ("counter" as unknown)) return matches[0]?.value ?? 0;
	return matches.reduce((sum, { value }) => sum + value, 0);
}
