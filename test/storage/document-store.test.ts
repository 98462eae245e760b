import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { DocumentWrite } from "../../src/domain/documents.ts";
import { createDocumentStore } from "../../src/storage/document-store.ts";
import type { Mongo } from "../../src/storage/storage-context.ts";
import { openMongo } from "../support/stores.ts";

const ticket = (
	_id: string,
	revision: string,
	fields: Record<string, unknown>,
): DocumentWrite => ({
	collection: "execution_tickets",
	_id,
	revision,
	fields,
});

async function read(mongo: Mongo, _id: string) {
	return await mongo.run(
		{ collection: "execution_tickets", name: "read" },
		async (target) => await target.findOne({ _id }),
	);
}

test("documentStore: a newer revision overwrites, an older one has no effect, the same one stands as it came last", async (t) => {
	const { mongo } = await openMongo(t);
	const store = createDocumentStore(mongo);
	await store.write([ticket("a", "2", { status: "RUNNING", kept: 1 })]);
	await store.write([ticket("a", "1", { status: "PENDING" })]);
	await store.write([ticket("a", "2", { status: "FAILED" })]);
	assert.deepEqual(await read(mongo, "a"), {
		_id: "a",
		status: "FAILED",
		kept: 1,
		revision: "2",
	});
	await store.write([ticket("a", "3", { status: "COMPLETED" })]);
	assert.deepEqual(await read(mongo, "a"), {
		_id: "a",
		status: "COMPLETED",
		kept: 1,
		revision: "3",
	});
});

test("documentStore: of two writes of the same revision in one call the last one stands", async (t) => {
	const { mongo } = await openMongo(t);
	await createDocumentStore(mongo).write([
		ticket("a", "2", { status: "RUNNING", kept: 1 }),
		ticket("a", "2", { status: "FAILED" }),
	]);
	assert.deepEqual(await read(mongo, "a"), {
		_id: "a",
		status: "FAILED",
		kept: 1,
		revision: "2",
	});
});

test("documentStore: what is said to be new lands once, and follows the same rule where it was not new", async (t) => {
	const { mongo } = await openMongo(t);
	const store = createDocumentStore(mongo);
	const asNew = (revision: string, fields: Record<string, unknown>) => ({
		...ticket("a", revision, fields),
		isNew: true,
	});
	await store.write([
		asNew("2", { n: 2, kept: 1 }),
		ticket("b", "1", { n: 1 }),
	]);
	assert.equal((await read(mongo, "a"))?.n, 2);
	await store.write([asNew("1", { n: 1 }), ticket("b", "2", { n: 2 })]);
	assert.equal((await read(mongo, "a"))?.n, 2);
	assert.equal((await read(mongo, "b"))?.n, 2);
	await store.write([asNew("3", { n: 3 })]);
	assert.deepEqual(await read(mongo, "a"), {
		_id: "a",
		n: 3,
		kept: 1,
		revision: "3",
	});
});

test("documentStore: stale writes beside good ones stop nothing", async (t) => {
	const { mongo } = await openMongo(t);
	const store = createDocumentStore(mongo);
	await store.write([ticket("a", "5", { n: 5 })]);
	await store.write([
		ticket("a", "4", { n: 4 }),
		ticket("b", "4", { n: 4 }),
		{ collection: "workflows", _id: "w", revision: "4", fields: { n: 4 } },
	]);
	assert.equal((await read(mongo, "a"))?.n, 5);
	assert.equal((await read(mongo, "b"))?.n, 4);
	const plan = await mongo.run(
		{ collection: "workflows", name: "read" },
		async (target) => await target.findOne({ _id: "w" }),
	);
	assert.equal(plan?.n, 4);
});

test("documentStore: of several writes of one document in one call the newest wins field by field", async (t) => {
	const { mongo } = await openMongo(t);
	await createDocumentStore(mongo).write([
		ticket("a", "2", { n: 2, b: true }),
		ticket("a", "1", { n: 1, a: true }),
	]);
	assert.deepEqual(await read(mongo, "a"), {
		_id: "a",
		n: 2,
		a: true,
		b: true,
		revision: "2",
	});
});

test("documentStore: of crossing first writes the newest stands", async (t) => {
	const { mongo } = await openMongo(t);
	const store = createDocumentStore(mongo);
	for (let round = 0; round < 10; round++) {
		const id = `crossing-${round}`;
		const revisions = ["1", "2", "3", "4", "5"];
		await Promise.all(
			revisions.map(
				async (revision) =>
					await store.write([ticket(id, revision, { round })]),
			),
		);
		assert.equal((await read(mongo, id))?.revision, "5");
	}
});

test("documentStore: more writes than one command takes all land", async (t) => {
	const { mongo } = await openMongo(t);
	const writes = Array.from({ length: 1_201 }, (_, n) =>
		ticket(`t-${n}`, "1", { n }),
	);
	await createDocumentStore(mongo).write(writes);
	const count = await mongo.run(
		{ collection: "execution_tickets", name: "count" },
		async (target) => await target.countDocuments({}),
	);
	assert.equal(count, 1_201);
});

test("documentStore: odd keys and values are stored", async (t) => {
	const { mongo } = await openMongo(t);
	await createDocumentStore(mongo).write([
		ticket("odd", "1", {
			parameters: { "a.b": "1", $set: "2", "nul\u0000": "3\u0000", "": "4" },
			missing: undefined,
		}),
		ticket("beside", "1", { n: 1 }),
	]);
	assert.deepEqual(await read(mongo, "odd"), {
		_id: "odd",
		parameters: { "a.b": "1", $set: "2", "nul\\u0000": "3\u0000", "": "4" },
		revision: "1",
	});
	assert.equal((await read(mongo, "beside"))?.n, 1);
});

test("documentStore: one larger than MongoDB takes lands without its largest field, says so, and holds nobody up", async (t) => {
	const { mongo, metrics } = await openMongo(t);
	const store = createDocumentStore(mongo);
	const large = "x".repeat(17 * 1_048_576);
	await store.write([ticket("b", "1", { n: 1 })]);
	await Promise.all([
		store.write([ticket("a", "1", { n: 1, list: [large], kept: "yes" })]),
		store.write([
			ticket("b", "2", { n: 2, text: large, other: [large], status: "DONE" }),
			ticket("c", "1", { n: 1 }),
		]),
		store.write([ticket("d", "1", { n: 1 })]),
	]);
	assert.deepEqual(await read(mongo, "a"), {
		...{ _id: "a", revision: "1", n: 1, list: [], kept: "yes" },
		cut_fields: ["list"],
	});
	assert.deepEqual(await read(mongo, "b"), {
		...{ _id: "b", revision: "2", n: 2, text: "", other: [], status: "DONE" },
		cut_fields: ["other", "text"],
	});
	assert.equal((await read(mongo, "c"))?.n, 1);
	assert.equal((await read(mongo, "d"))?.n, 1);
	assert.match(
		await metrics.registry.metrics(),
		/orchestration_documents_cut_total\{collection="execution_tickets"\} 2/,
	);
});

test("documentStore: a document whose lists of nothing are larger in MongoDB than as JSON lands as well", async (t) => {
	const { mongo } = await openMongo(t);
	const nothing = Array.from({ length: 1_500_000 }, () => []);
	await createDocumentStore(mongo).write([
		ticket("a", "1", { parameters: { nothing }, status: "RUNNING" }),
	]);
	assert.deepEqual(await read(mongo, "a"), {
		...{ _id: "a", revision: "1", status: "RUNNING", parameters: {} },
		cut_fields: ["parameters"],
	});
});

test("documentStore: an attempt says since when its end is stored, whatever is written of it later", async (t) => {
	const { mongo } = await openMongo(t);
	const store = createDocumentStore(mongo);
	const write = async (revision: string, finished_at: number | null) => {
		await store.write([
			{
				...{ collection: "ticket_attempts", _id: "a", revision },
				fields: { finished_at },
				isNew: revision === "1",
			},
		]);
		const found = await mongo.run(
			{ collection: "ticket_attempts", name: "read" },
			async (target) => await target.findOne({ _id: "a" }),
		);
		return found?.stored_at;
	};
	assert.equal(await write("1", null), undefined);
	const beforeMs = Date.now();
	const storedAt = await write("2", 7);
	assert.ok(storedAt >= beforeMs && storedAt <= Date.now());
	while (Date.now() === storedAt) await setImmediate();
	assert.equal(await write("3", 7), storedAt);
});
