import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { DocumentWrite } from "../../src/domain/documents.ts";
import { jsonBytes } from "../../src/domain/json-bytes.ts";
import { MAX_PAYLOAD_BYTES } from "../../src/domain/payload-limits.ts";
import {
	chunkWrites,
	mayTravel,
	textBytes,
} from "../../src/domain/write-chunks.ts";

const write = (
	id: number,
	output: Record<string, string> = {},
	others: Record<string, unknown> = {},
): DocumentWrite => ({
	collection: "execution_tickets",
	_id: String(id),
	revision: "1",
	fields: { output, ...others },
});

test("chunkWrites: keeps order, loses nothing, and no part is larger than a payload may be", () => {
	const writes = Array.from({ length: 2_500 }, (_, id) =>
		write(id, { log: "ä".repeat(id % 7 === 0 ? 2_000 : 1) }),
	);
	const { exact } = chunkWrites(writes);
	assert.deepEqual(exact.flat(), writes);
	for (const chunk of exact) assert.ok(jsonBytes(chunk) < MAX_PAYLOAD_BYTES);
	assert.ok(exact.length < 12);
});

test("chunkWrites: what no guess sees is counted: dependencies, long texts, escapes", () => {
	const dependencies = Array.from({ length: 1_000 }, () => "0".repeat(36));
	const writes = Array.from({ length: 300 }, (_, id) =>
		write(
			id,
			{},
			{
				dependencies,
				error_message: "\u0001".repeat(1_000),
				description: "漢".repeat(1_000),
			},
		),
	);
	const { rough, exact } = chunkWrites(writes);
	assert.equal(rough.length, 1, "the guess finds them small");
	assert.deepEqual(exact.flat(), writes);
	for (const chunk of exact) assert.ok(jsonBytes(chunk) <= MAX_PAYLOAD_BYTES);
});

test("chunkWrites: whatever the documents, only one alone is larger than a payload may be", () => {
	const size = fc.integer({ min: 0, max: 120_000 });
	fc.assert(
		fc.property(fc.array(size, { maxLength: 60 }), (sizes) => {
			const writes = sizes.map((bytes, id) =>
				write(id, {}, { errors: ['"'.repeat(bytes)] }),
			);
			const { exact } = chunkWrites(writes);
			assert.deepEqual(exact.flat(), writes);
			for (const chunk of exact)
				assert.ok(chunk.length === 1 || jsonBytes(chunk) <= MAX_PAYLOAD_BYTES);
		}),
		{ numRuns: 50 },
	);
});

test("chunkWrites: documents of the usual size are cut as they always were", () => {
	const writes = Array.from({ length: 5_000 }, (_, id) =>
		write(id, { artifact: "a" }, { error_message: "x".repeat(1_200) }),
	);
	const { rough, exact } = chunkWrites(writes);
	assert.equal(exact, rough);
});

test("mayTravel: what is not written goes from run to run only while it is far below a payload's limit", () => {
	const writes = (count: number) =>
		Array.from({ length: count }, (_, id) =>
			write(id, { log: "ä".repeat(2_000) }),
		);
	assert.ok(mayTravel([]));
	assert.ok(mayTravel(writes(50)));
	assert.ok(!mayTravel(writes(500)));
});

test("chunkWrites: one write is one part however large; none is none", () => {
	const large = write(1, { log: "x".repeat(2_000_000) });
	assert.deepEqual(chunkWrites([large]).exact, [[large]]);
	assert.deepEqual(chunkWrites([]).exact, []);
});

test("textBytes: is never less than the map's UTF-8, and nothing where there is no map", () => {
	const text = fc.string({ unit: "binary" });
	fc.assert(
		fc.property(fc.dictionary(text, text), (map) => {
			const utf8 = Object.entries(map).flat().join("");
			assert.ok(textBytes(map) >= Buffer.byteLength(utf8));
		}),
	);
	for (const value of [null, undefined, 7, "text"])
		assert.equal(textBytes(value), 0);
});
