import assert from "node:assert/strict";
import { test } from "node:test";
import { Binary, type Collection, Long, MongoClient, ObjectId } from "mongodb";
import { startStack } from "../../stack/stack.ts";
import { makeDirectory } from "./support/launcher.ts";

interface Row {
	_id: number;
	key?: unknown;
}

/** What nobody may find, and what every comparison may meet. */
const odd = [null, undefined, ["t3", 3], true, new Date(3), { a: 1 }];
const rows: Row[] = [
	...Array.from({ length: 60 }, (_, at) => ({ _id: at, key: at % 20 })),
	...Array.from({ length: 60 }, (_, at) => ({
		_id: 100 + at,
		key: `t${at % 20}`,
	})),
	...odd.map((key, at) => ({
		_id: 200 + at,
		...(key !== undefined && { key }),
	})),
];

/** Each with the ids that it finds among `rows`, by its own words. */
const questions: [object, (key: unknown) => boolean][] = [
	[{ key: 3 }, (key) => key === 3 || isListWith(key, 3)],
	[{ key: "t3" }, (key) => key === "t3" || isListWith(key, "t3")],
	[{ key: { $eq: "t4" } }, (key) => key === "t4"],
	[{ key: "absent" }, () => false],
	[{ key: { $in: ["t1", 2] } }, (key) => key === "t1" || key === 2],
	[{ key: { $gt: 17 } }, (key) => typeof key === "number" && key > 17],
	[
		{ key: { $gte: 4, $lt: 6 } },
		(key) => typeof key === "number" && key >= 4 && key < 6,
	],
	[{ key: { $lt: "t10" } }, (key) => typeof key === "string" && key < "t10"],
	[{ key: null }, (key) => key === null || key === undefined],
];

test("stand-in for MongoDB: it finds by the first key of an index what reading everything finds, also after an update, a deletion, and a start with its file", async (t) => {
	const stack = await startStack({
		only: ["mongodb"],
		env: {},
		directory: makeDirectory(),
	});
	t.after(stack.stop);
	const client = new MongoClient(stack.env.MONGODB_URI as string);
	t.after(() => client.close());
	const found = client.db("d").collection<Row>("rows");
	await found.createIndexes([
		{ key: { key: 1, other: 1 } },
		{ key: { key: -1 } },
	]);
	await found.insertMany(rows);
	await checkAll(found, rows);

	await found.updateMany({ key: 5 }, { $set: { key: "t3" } });
	await found.updateOne({ _id: 200 }, { $set: { key: 18.5 } });
	await found.deleteMany({ key: "t7" });
	const now = rows
		.map((row) => (row.key === 5 ? { ...row, key: "t3" } : row))
		.map((row) => (row._id === 200 ? { ...row, key: 18.5 } : row))
		.filter(({ key }) => key !== "t7");
	await checkAll(found, now);

	const kinds = client.db("d").collection("kinds");
	await kinds.insertOne({
		_id: new ObjectId(),
		long: Long.fromString("1152921504606846977"),
		double: 0.1,
		int: -7,
		bytes: new Binary(Buffer.from([0, 255])),
		text: "ü\u0000🙂",
		nested: { list: [null, true, { at: new Date(7) }], empty: {} },
	});
	const before = await kinds.find({}, { promoteValues: false }).toArray();

	await stack.stopServer("mongodb");
	await stack.startServer("mongodb");
	await checkAll(found, now);
	const after = await kinds.find({}, { promoteValues: false }).toArray();
	assert.deepEqual(after, before);
	await assert.rejects(found.insertOne({ _id: 1 }), /duplicate key/);
});

async function checkAll(
	found: Collection<Row>,
	expected: readonly Row[],
): Promise<void> {
	for (const [question, isFound] of questions) {
		const ids = (await found.find(question).toArray()).map(({ _id }) => _id);
		assert.deepEqual(
			ids.sort((a, b) => a - b),
			expected.filter(({ key }) => isFound(key)).map(({ _id }) => _id),
			JSON.stringify(question),
		);
	}
}

function isListWith(key: unknown, value: unknown): boolean {
	return Array.isArray(key) && key.includes(value);
}
