import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { DocumentWrite } from "../../src/domain/documents.ts";
import {
	chunkWrites,
	mayTravel,
	textBytes,
} from "../../src/domain/write-chunks.ts";

const write = (
	id: number,
	output: Record<string, string> = {},
): DocumentWrite => ({
	collection: "execution_tickets",
	_id: String(id),
	revision: "1",
	fields: { output },
});

test("chunkWrites: keeps order, loses nothing, and no part is larger than a payload may be", () => {
	const writes = Array.from({ length: 2_500 }, (_, id) =>
		write(id, { log: "ä".repeat(id % 7 === 0 ? 2_000 : 1) }),
	);
	const chunks = chunkWrites(writes);
	assert.deepEqual(chunks.flat(), writes);
	for (const chunk of chunks)
		assert.ok(Buffer.byteLength(JSON.stringify(chunk)) < 1_500_000);
	assert.ok(chunks.length < 12);
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
	assert.equal(
		chunkWrites([write(1, { log: "x".repeat(2_000_000) })]).length,
		1,
	);
	assert.deepEqual(chunkWrites([]), []);
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
