import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { createAttemptEnds } from "../../src/storage/attempt-ends.ts";
import { createDocumentStore } from "../../src/storage/document-store.ts";
import {
	mongoUriVia,
	openMongo,
	openMongoVia,
	serverAddress,
} from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";

const source = { topic: "execution.results", partition: 0, offset: "1" };

test("attempt ends: says how attempts ended of which a result is entered, and of no others", async (t) => {
	const { mongo } = await openMongo(t);
	const attempts = {
		done: { outcome: "completed", result_source: source },
		broken: { outcome: "failed", result_source: source },
		// By time-out or cancel, without a result; by an earlier release, which wrote no place.
		late: { outcome: "timed_out", result_source: null },
		dropped: { outcome: "failed", result_source: null },
		old: { outcome: "completed" },
		open: { outcome: null, result_source: null },
	};
	await createDocumentStore(mongo).write(
		Object.entries(attempts).map(([_id, fields]) => ({
			collection: "ticket_attempts" as const,
			_id,
			revision: "1",
			fields,
		})),
	);
	const many = Array.from({ length: 2_500 }, () => randomUUID());
	const ids = [...many, ...Object.keys(attempts), "unknown"];
	assert.deepEqual(
		Object.fromEntries(await createAttemptEnds(mongo).findEnds(ids)),
		{ done: "COMPLETED", broken: "FAILED" },
	);
});

test("attempt ends: with MongoDB away nobody can tell, and nothing fails", async (t) => {
	const proxy = await openTcpProxy(t, serverAddress("REDIS_CLUSTER_NODES"));
	await proxy.cut();
	const { mongo } = openMongoVia(t, mongoUriVia(proxy.address));
	const ends = await createAttemptEnds(mongo).findEnds(["a"]);
	assert.equal(ends.size, 0);
});
