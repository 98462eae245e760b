import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { DocumentWrite } from "../../src/domain/documents.ts";
import { chunkWrites, textBytes } from "../../src/domain/write-chunks.ts";

function write(id: number, output?: Record<string, string>): DocumentWrite {
	const fields = output === undefined ? {} : { output };
	return {
		collection: "execution_tickets",
		_id: String(id),
		revision: "r",
		fields,
	};
}

test("chunkWrites: keeps every write, in order, in parts of at most a thousand", () =>
	fc.assert(
		fc.property(
			fc.array(fc.nat(3), { maxLength: 30 }),
			fc.nat(2_500),
			(sizes, more) => {
				const writes = [
					...sizes.map((size, id) =>
						write(id, { text: "x".repeat(size * 300_000) }),
					),
					...Array.from({ length: more }, (_, id) => write(id)),
				];
				const chunks = chunkWrites(writes);
				assert.deepEqual(chunks.flat(), writes);
				for (const chunk of chunks) {
					assert.ok(chunk.length > 0 && chunk.length <= 1_000);
					const bytes = chunk.reduce(
						(sum, { fields }) => sum + textBytes(fields.output),
						0,
					);
					assert.ok(bytes <= 1_000_000 || chunk.length === 1, `${bytes}`);
				}
			},
		),
		{ numRuns: 50 },
	));

test("textBytes: is never less than the map's UTF-8, and nothing where there is no map", () => {
	fc.assert(
		fc.property(
			fc.dictionary(
				fc.string({ unit: "binary" }),
				fc.string({ unit: "binary" }),
			),
			(map) => {
				const utf8 = Object.entries(map).flat().join("");
				assert.ok(textBytes(map) >= Buffer.byteLength(utf8));
			},
		),
	);
	for (const value of [null, undefined, 7, "text"])
		assert.equal(textBytes(value), 0);
});
