import assert from "node:assert/strict";
import { test } from "node:test";
import type { DocumentWrite } from "../../src/domain/documents.ts";
import { chunkWrites } from "../../src/domain/write-chunks.ts";

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

test("chunkWrites: one write is one part however large; none is none", () => {
	assert.equal(
		chunkWrites([write(1, { log: "x".repeat(2_000_000) })]).length,
		1,
	);
	assert.deepEqual(chunkWrites([]), []);
});
