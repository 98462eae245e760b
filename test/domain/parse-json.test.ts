import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sortedJson } from "../../src/domain/canonical-json.ts";
import { EXACT_KEY, numberOf } from "../../src/domain/exact-number.ts";
import { toJson } from "../../src/domain/json-text.ts";
import {
	decodeText,
	MAX_JSON_DEPTH,
	parseJson,
	parseOwnJson,
} from "../../src/domain/parse-json.ts";

const digits = fc.stringMatching(/^(0|[1-9]\d{0,40})$/);
const number = fc
	.tuple(
		fc.constantFrom("", "-"),
		digits,
		fc.stringMatching(/^(\.\d{1,40})?$/),
		fc.stringMatching(/^([eE][+-]?\d{1,3})?$/),
	)
	.map((parts) => parts.join(""));
const integer = digits;

test("parseJson: every number is written again with the same value, every integer with the same digits", () => {
	const anywhere = (text: string) => [
		text,
		`[${text}]`,
		` {"a" : ${text} }`,
		`[1,${text},"${text}"]`,
		`{"\\"":[{"b":${text}}]}`,
	];
	fc.assert(
		fc.property(fc.oneof(number, integer), (text) => {
			for (const json of anywhere(text)) {
				const value = parseJson(json);
				for (const written of [
					toJson(value),
					toJson(value, 2),
					sortedJson(value),
				])
					assert.equal(toJson(parseJson(written)), toJson(value));
			}
			if (/^-?\d+$/.test(text) && text !== "-0")
				assert.equal(toJson(parseJson(text)), text);
			assert.equal(toJson(parseJson(text)), toJson(numberOf(text)));
		}),
		{ numRuns: 2_000 },
	);
});

test("parseJson: where no number is long it does as JSON.parse", () => {
	const json = fc.oneof(
		fc.json({ maxDepth: 6 }),
		fc.json({ maxDepth: 3, noUnicodeString: false }),
		fc.string({ unit: "binary" }),
		fc.stringMatching(/^[\][{}",:0-9eE.+\-\\ntrufalse ]{0,30}$/),
	);
	fc.assert(
		fc.property(json, (text) => {
			const parse = (read: (text: string) => unknown) => {
				try {
					return { value: read(text) };
				} catch (error) {
					return { error: (error as Error).constructor.name };
				}
			};
			const ours = parse(parseJson);
			const theirs = parse(JSON.parse);
			if (!toJson(ours).includes(EXACT_KEY) && !/\d[eE]|\d[\d.]{15}/.test(text))
				assert.deepEqual(ours, theirs);
			else assert.equal("error" in ours, "error" in theirs);
		}),
		{ numRuns: 2_000 },
	);
});

const broken = [
	"[01234567890123456789]",
	"[--12345678901234567890]",
	"[+12345678901234567890]",
	"{12345678901234567890:1}",
	"[12345678901234567890 1]",
	"[1234567890.1234567890.1]",
	"[12345678901234567e]",
	"[12345678901234567890",
	'"12345678901234567890',
	"[12345678901234567890abc]",
];
for (const text of broken)
	test(`parseJson: ${text} is no JSON`, () =>
		assert.throws(() => parseJson(text), SyntaxError));

test("parseJson: the name of exact numbers is kept for us, however it is written", () => {
	const escaped = `\\u006${EXACT_KEY[0] === "o" ? "f" : "?"}${EXACT_KEY.slice(1)}`;
	for (const name of [EXACT_KEY, escaped]) {
		assert.throws(
			() => parseJson(`[{"a":[{"${name}":"7"}]}]`),
			/is kept for this service/,
		);
		assert.deepEqual(parseJson(`["${name}"]`), [EXACT_KEY]);
	}
	assert.deepEqual(parseOwnJson(`{"${EXACT_KEY}":"1e400"}`), numberOf("1e400"));
});

test("parseJson: a string that looks like an exact number stays a string", () => {
	const text = JSON.stringify([`{"${EXACT_KEY}":"12345678901234567890"}`, "x"]);
	assert.equal(toJson(parseJson(text)), text);
});

test("parseJson: __proto__ is a field like any other", () => {
	const value = parseJson('{"__proto__":{"a":12345678901234567890}}') as object;
	assert.deepEqual(Object.keys(value), ["__proto__"]);
	assert.equal(toJson(value), '{"__proto__":{"a":12345678901234567890}}');
});

test("parseJson: too deep is said, whatever stands there", () => {
	const nest = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
	assert.ok(parseJson(nest(MAX_JSON_DEPTH)));
	assert.throws(
		() => parseJson(nest(MAX_JSON_DEPTH + 1)),
		/nested deeper than 512/,
	);
	assert.throws(() => parseJson("[".repeat(1_000_000)), /nested deeper/);
	assert.deepEqual(parseJson(JSON.stringify(["[".repeat(1_000), '\\"['])), [
		"[".repeat(1_000),
		'\\"[',
	]);
});

test("decodeText: UTF-8 only, a byte-order mark is left out", () => {
	assert.equal(decodeText(Buffer.from("\ufeffé")), "é");
	assert.equal(decodeText(Buffer.from("a\ufeff")), "a\ufeff");
	assert.throws(() => decodeText(Buffer.from([0x22, 0xe9, 0x22])), /no UTF-8/);
	assert.throws(
		() => decodeText(Buffer.from("ab", "utf16le").subarray(0, 3).fill(0xff)),
		/no UTF-8/,
	);
});
