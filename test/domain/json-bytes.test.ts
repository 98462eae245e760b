import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { jsonBytes } from "../../src/domain/json-bytes.ts";

const written = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

test("jsonBytes: exactly what JSON.stringify writes, in UTF-8", () => {
	const text = fc.string({ unit: "binary" });
	const value = fc.anything({
		key: text,
		values: [
			text,
			fc.double(),
			fc.integer(),
			fc.boolean(),
			fc.constantFrom(null, undefined),
		],
		maxDepth: 4,
	});
	fc.assert(
		fc.property(value, (any) => {
			if (any !== undefined) assert.equal(jsonBytes(any), written(any));
		}),
		{ numRuns: 300 },
	);
});

test("jsonBytes: halves of pairs, control characters, quotes, and the longest of each", () => {
	for (const text of [
		"\ud800",
		"\udc00\ud800",
		"\ud83d\ude00",
		"\ud83dx",
		"\u0000\u0001\u001f\u007f\u0080\u07ff\u0800\uffff",
		'"\\\b\t\n\f\r',
		"é漢",
	])
		assert.equal(jsonBytes(text), written(text), JSON.stringify(text));
});

test("jsonBytes: fields that are undefined are not written, items are", () => {
	for (const value of [{ a: undefined }, { a: undefined, b: 1 }, [undefined]])
		assert.equal(jsonBytes(value), written(value));
});
