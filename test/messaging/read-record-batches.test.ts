import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import kafkajs from "kafkajs";
import { compressFrameSync } from "lz4-napi";
import { compress as snappy } from "snappyjs";
import { readRecordBatches } from "../../src/messaging/read-record-batches.ts";
import { batchBytes, budgetOf } from "./batch-bytes.ts";

const MB = 1_048_576;
const { GZIP, Snappy, LZ4, ZSTD } = kafkajs.CompressionTypes;
const codecs = [
	{ name: "gzip", codec: GZIP, compress: (bytes: Buffer) => gzipSync(bytes) },
	{ name: "snappy", codec: Snappy, compress: snappy },
	{
		name: "lz4",
		codec: LZ4,
		compress: (bytes: Buffer) => compressFrameSync(bytes),
	},
	{
		name: "zstd",
		codec: ZSTD,
		compress: (bytes: Buffer) => zstdCompressSync(bytes),
	},
];

const anyBytes = fc.uint8Array({ maxLength: 40 }).map((it) => Buffer.from(it));
const plain = { noNullPrototype: true };
const anyHeader = fc.record(
	{
		name: fc.constantFrom("a", "b", "1", "__proto__", "ä", ""),
		value: fc.option(anyBytes),
	},
	plain,
);
const anyRecord = fc.record({
	key: fc.option(anyBytes),
	value: fc.option(anyBytes),
	headers: fc.array(anyHeader),
	timestampDelta: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
});

test("record batches: what was written is read byte by byte, headers in their order", async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(anyRecord), async (records) => {
			const bytes = await batchBytes(records, { firstOffset: 2 ** 45 });
			const read = await readRecordBatches(bytes, budgetOf(MB));
			const shown = read.filter(({ isControlRecord }) => !isControlRecord);
			assert.deepEqual(
				shown.map(({ key, value, headerList, offset, timestamp }) => ({
					key,
					value,
					headers: headerList,
					offset,
					timestamp,
				})),
				records.map(({ timestampDelta, ...record }, index) => ({
					...record,
					offset: String(2 ** 45 + index),
					timestamp: String(1_700_000_000_000 + timestampDelta),
				})),
			);
		}),
	);
});

for (const { name, codec, compress } of codecs) {
	test(`record batches: one in ${name} is read up to the limit and set aside beyond it`, async () => {
		const records = [{ value: Buffer.alloc(100_000, "dull ") }, { value: "b" }];
		const bytes = await batchBytes(records, {
			firstOffset: 7,
			codec,
			compress,
		});
		const [first, second] = await readRecordBatches(bytes, budgetOf(101_000));
		assert.equal(first?.value?.length, 100_000);
		assert.equal(String(second?.value), "b");

		const [unread, ...rest] = await readRecordBatches(bytes, budgetOf(100_000));
		assert.deepEqual(rest, []);
		assert.equal(unread?.offset, "8");
		assert.equal(unread?.value, null);
		const { message, ...range } = unread?.unread ?? { message: "" };
		assert.deepEqual(range, {
			firstOffset: "7",
			lastOffset: "8",
			code: "BATCH_TOO_LARGE",
			batchBytes: bytes.length,
		});
		assert.match(message, /more than 100000 bytes/);
	});

	test(`record batches: bytes that are no ${name} are set aside`, async () => {
		const broken = await batchBytes([{ value: "a" }], {
			codec,
			compress: (bytes) => compress(bytes).subarray(0, -2).fill(0xff, 3),
		});
		const good = await batchBytes([{ value: "b" }], { firstOffset: 1 });
		const bytes = Buffer.concat([broken, good]);
		const budget = { maxBatchBytes: MB, leftBytes: 2 * MB };
		const read = await readRecordBatches(bytes, budget);
		assert.equal(read[0]?.unread?.code, "BATCH_UNREADABLE");
		assert.equal(String(read[1]?.value), "b");
	});
}

test("record batches: memory for many small records and headers counts as bytes do", async () => {
	const small = Array.from({ length: 5_000 }, () => ({ value: null }));
	const many = await batchBytes(small);
	const [record] = await readRecordBatches(many, budgetOf(MB));
	assert.equal(record?.unread?.code, "BATCH_TOO_LARGE");
	assert.equal(record?.unread?.lastOffset, "4999");

	const headers = Array.from({ length: 20_000 }, () => ({
		name: "",
		value: null,
	}));
	const one = await batchBytes([{ headers }]);
	const [crowded] = await readRecordBatches(one, budgetOf(MB));
	assert.equal(crowded?.unread?.code, "BATCH_TOO_LARGE");
	const [read] = await readRecordBatches(one, budgetOf(4 * MB));
	assert.equal(read?.headerList.length, 20_000);
});

test("record batches: 200,000 records, and 200,000 headers of one, are read", async () => {
	const budget = () => budgetOf(64 * MB);
	const records = Array.from({ length: 200_000 }, () => ({ value: "v" }));
	const read = await readRecordBatches(await batchBytes(records), budget());
	assert.equal(read.at(-1)?.offset, "199999");
	const headers = records.map((_, n) => ({ name: `h${n}`, value: null }));
	const one = await readRecordBatches(
		await batchBytes([{ headers }]),
		budget(),
	);
	assert.equal(one[0]?.headerList.length, 200_000);
});

test("record batches: what a batch says of itself and is not is set aside", async () => {
	for (const lie of [{ count: 3 }, { codec: 6 }]) {
		const bytes = await batchBytes([{ value: "a" }], lie);
		const [record] = await readRecordBatches(bytes, budgetOf(MB));
		assert.equal(record?.unread?.code, "BATCH_UNREADABLE", JSON.stringify(lie));
	}
	const bytes = await batchBytes([{ value: "a" }], { count: 2 ** 31 - 1 });
	const [record] = await readRecordBatches(bytes, budgetOf(MB));
	assert.equal(record?.unread?.code, "BATCH_TOO_LARGE");
});

test("record batches: one that is cut off is left for the next fetch, as are those beyond the budget", async () => {
	const batches = await Promise.all(
		[0, 1, 2].map((firstOffset) =>
			batchBytes([{ value: Buffer.alloc(1_000) }], { firstOffset }),
		),
	);
	const bytes = Buffer.concat(batches);
	const cut = await readRecordBatches(bytes.subarray(0, -1), budgetOf(MB));
	assert.deepEqual(
		cut.map(({ offset }) => offset),
		["0", "1"],
	);
	const budget = { maxBatchBytes: MB, leftBytes: 1_500 };
	const within = await readRecordBatches(bytes, budget);
	assert.equal(within.length, 2);
	assert.ok(budget.leftBytes <= 0);
});

test("record batches: an empty batch moves the place of reading, and nobody is shown a record", async () => {
	const bytes = await batchBytes([], { firstOffset: 3 });
	bytes.writeInt32BE(4, 23);
	const [record] = await readRecordBatches(bytes, budgetOf(MB));
	assert.equal(record?.offset, "7");
	assert.equal(record?.isControlRecord, true);
});
