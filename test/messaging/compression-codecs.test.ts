import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { gzipChunkBytes, readGzip } from "../../src/gzip.ts";
import {
	readSnappy,
	zstdChunkBytes,
} from "../../src/messaging/compression-codecs.ts";
import { createBatchConsumer } from "../../src/messaging/consumer.ts";
import {
	createTopic,
	eventually,
	kafkaSettings,
	randomName,
} from "./broker.ts";
import {
	codecWriters,
	compressXerial,
	writeCompressed,
} from "./write-compressed.ts";

const MAX_BYTES = 64 * 1_048_576;

test("compression codecs: gzip is read into one buffer that is no larger than need be", async () => {
	for (const length of [0, 1, 300, 70_000, 3_000_000]) {
		const text = Buffer.alloc(length, "dull ");
		const read = await readGzip(gzipSync(text), MAX_BYTES);
		assert.ok(read?.equals(text), `${length} bytes`);
		// Small ones share a slab of Node's.
		const held = read?.buffer.byteLength ?? 0;
		assert.ok(held <= Math.max(length + 64, 65_536), `${held} for ${length}`);
	}
});

test("compression codecs: a bomb takes few chunks, whatever it claims of its length", () => {
	const plain = Buffer.alloc(500_000_000);
	const honest = gzipSync(plain);
	const forged = Buffer.from(honest);
	forged.writeUInt32LE(0, forged.length - 4);
	const chunks = [
		MAX_BYTES / gzipChunkBytes(honest, MAX_BYTES),
		MAX_BYTES / gzipChunkBytes(forged, MAX_BYTES),
		MAX_BYTES / zstdChunkBytes(zstdCompressSync(plain), MAX_BYTES),
	];
	assert.ok(Math.max(...chunks) < 70, `chunks: ${chunks}`);
});

test("compression codecs: gzip is read whatever its last bytes say of its length", async () => {
	const [first, second] = [Buffer.alloc(100_000, "a"), Buffer.from("b")];
	const members = Buffer.concat([gzipSync(first), gzipSync(second)]);
	const both = Buffer.concat([first, second]);
	const readAll = (bytes: Buffer) => readGzip(bytes, MAX_BYTES);
	assert.ok((await readAll(members))?.equals(both), "of the last member only");
	assert.ok((await readAll(deflateSync(first)))?.equals(first), "a checksum");
	await assert.rejects(readAll(Buffer.from("none")), /incorrect header/);
});

for (const [name, writer] of Object.entries(codecWriters)) {
	test(`compression codecs: a batch in ${name} comes through the broker as it was`, async (t) => {
		const topic = await createTopic(t);
		// Large and both repetitive and not, so that blocks, copies and literals occur.
		const texts = Array.from(
			{ length: 300 },
			(_, n) => `${n} ${"ab".repeat(n)} ${Math.sqrt(n)} ä`,
		);
		await writeCompressed(topic, texts, writer);

		const seen: string[] = [];
		const consumer = await createBatchConsumer({
			...kafkaSettings(),
			groupId: randomName(),
			topics: [topic],
			fromBeginning: true,
			concurrency: 1,
			handleBatch: async ({ messages }) =>
				void seen.push(...messages.map(({ value }) => String(value))),
		});
		t.after(() => consumer.stop());
		await eventually("all messages", () => seen.length >= texts.length);
		assert.deepEqual(seen, texts);
	});
}

test("compression codecs: a snappy block that is cut off is an error", () => {
	const framed = compressXerial(Buffer.from("text ".repeat(100)));
	assert.throws(
		() => readSnappy(framed.subarray(0, framed.length - 3), MAX_BYTES),
		/cut off/,
	);
	const none = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff]);
	assert.throws(() => readSnappy(none, MAX_BYTES), /has no length/);
});
