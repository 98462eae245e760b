import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import {
	canonicalJson,
	planHash,
	renderCanonicalJson,
} from "../../src/domain/canonical-json.ts";

const cases: { name: string; value: unknown; expected: string }[] = [
	{
		name: "keys are sorted at every level",
		value: { b: 1, a: { d: [{ z: 1, y: 2 }], c: null } },
		expected: '{"a":{"c":null,"d":[{"y":2,"z":1}]},"b":1}',
	},
	{
		name: "the order of a list is kept",
		value: [3, 1, 2],
		expected: "[3,1,2]",
	},
	{
		name: "empty containers",
		value: { a: {}, b: [] },
		expected: '{"a":{},"b":[]}',
	},
	{ name: "a string alone", value: 'a"b\n', expected: '"a\\"b\\n"' },
	{ name: "undefined alone", value: undefined, expected: "null" },
	{
		name: "undefined is left out of objects and null in lists",
		value: { a: undefined, b: [undefined] },
		expected: '{"b":[null]}',
	},
	{
		name: "numbers that JSON does not have",
		value: [Number.NaN, -0],
		expected: "[null,0]",
	},
	{
		name: "an own field named __proto__ is data",
		value: JSON.parse('{"__proto__":{"b":1},"a":2}'),
		expected: '{"__proto__":{"b":1},"a":2}',
	},
];

for (const { name, value, expected } of cases) {
	test(`canonicalJson: ${name}`, () =>
		assert.equal(canonicalJson(value), expected));
}

test("canonicalJson: reads back as the same value", () => {
	fc.assert(
		fc.property(fc.jsonValue(), (value) => {
			const text = JSON.stringify(value);
			assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(text));
		}),
	);
});

test("canonicalJson: 100,000 levels are told, not thrown", () => {
	const deep: unknown = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
	const { text, depth } = renderCanonicalJson(deep);
	assert.equal(depth, 100_000);
	assert.equal(text.length, 200_000);
	assert.equal(renderCanonicalJson(7).depth, 0);
	assert.equal(renderCanonicalJson({ a: [[]], b: [] }).depth, 3);
});

test("planHash: SHA-256 of the canonical text, whatever the order of keys", () => {
	const hash = createHash("sha256").update('{"a":"ü","b":2}').digest("hex");
	assert.equal(planHash({ b: 2, a: "ü" }), hash);
	assert.equal(planHash({ a: "ü", b: 2 }), hash);
	assert.notEqual(planHash({ a: "u", b: 2 }), hash);
});
