import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BSON, Decimal128, Long } from "mongodb";
import { canonicalJson } from "../../src/domain/canonical-json.ts";
import { numberOf } from "../../src/domain/exact-number.ts";
import { fromBson, toBson } from "../../src/storage/bson-values.ts";

const types: [name: string, value: unknown, type: string][] = [
	["an int32", 7, "Int32"],
	["the smallest int32", -(2 ** 31), "Int32"],
	["a timestamp", 1_700_000_000_000, "Long"],
	["a negative timestamp", -1_700_000_000_000, "Long"],
	["the largest safe integer", 2 ** 53 - 1, "Long"],
	["a fraction", 0.5, "Double"],
	["an integer of JavaScript beyond what is safe", 2 ** 60, "Double"],
	["an int64", numberOf("7615917337495251231"), "Long"],
	["the smallest int64", numberOf("-9223372036854775808"), "Long"],
	["one beyond int64", numberOf("9223372036854775808"), "Decimal128"],
	["a long fraction", numberOf("0.12345678901234567890123"), "Decimal128"],
	["a large exponent", numberOf("1e400"), "Decimal128"],
];

for (const [name, value, type] of types)
	test(`toBson: ${name} is ${type}`, () => {
		const bytes = BSON.serialize({ n: toBson(value) });
		const { n } = BSON.deserialize(bytes, { promoteValues: false });
		assert.equal(n._bsontype ?? typeof n, type);
	});

test("toBson, fromBson: every number comes back with its digits, every key with its value", () => {
	const number = fc
		.tuple(fc.bigInt(), fc.integer({ min: -7_000, max: 7_000 }))
		.map(([digits, exponent]) => numberOf(`${digits}e${exponent}`));
	const integer = fc.bigInt().map((digits) => numberOf(String(digits)));
	const key = fc.oneof(
		fc.string().map((text) => text.replaceAll("\u0000", "")),
		fc.constantFrom("_bsontype", "__proto__", "$set", "a.b", "toBSON", "$ref"),
	);
	const { value } = fc.letrec((tie) => ({
		value: fc.oneof(
			{ maxDepth: 4 },
			...[number, integer, fc.double(), fc.maxSafeInteger(), fc.string()],
			...[
				fc.boolean(),
				fc.constant(null),
				fc.array(tie("value"), { maxLength: 3 }),
			],
			fc
				.array(fc.tuple(key, tie("value")), { maxLength: 3 })
				.map((entries) => Object.fromEntries(entries)),
		),
	}));
	fc.assert(
		fc.property(value, (given) => {
			const document = { fields: given };
			const before = canonicalJson(document);
			const bytes = BSON.serialize({ fields: toBson(given) });
			const after = fromBson(BSON.deserialize(bytes));
			assert.equal(canonicalJson(after), before);
			assert.equal(
				canonicalJson(document),
				before,
				"what is stored stays as it is",
			);
		}),
	);
});

test("fromBson: numbers of MongoDB that are none of JSON's", () => {
	const stored = {
		nan: Decimal128.fromString("NaN"),
		day: new Date(0),
		l: [new Long(5n)],
	};
	assert.deepEqual(fromBson(stored), { nan: null, day: new Date(0), l: [5] });
});
