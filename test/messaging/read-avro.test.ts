import assert from "node:assert/strict";
import { test } from "node:test";
import avsc from "avsc";
import fc from "fast-check";
import { EXACT_KEY, numberOf } from "../../src/domain/exact-number.ts";
import { toJson } from "../../src/domain/json-text.ts";
import { parseAvroSchema, readAvro } from "../../src/messaging/read-avro.ts";

function read(schema: unknown, bytes: Buffer): unknown {
	return readAvro(parseAvroSchema(JSON.stringify(schema)), bytes);
}

const everything = {
	type: "record",
	name: "Everything",
	fields: [
		{ name: "text", type: "string" },
		{ name: "yes", type: "boolean" },
		{ name: "i", type: "int" },
		{ name: "l", type: { type: "long", logicalType: "timestamp-millis" } },
		{ name: "f", type: "float" },
		{ name: "d", type: "double" },
		{ name: "raw", type: "bytes" },
		{ name: "hash", type: { type: "fixed", name: "Hash", size: 3 } },
		{ name: "kind", type: { type: "enum", name: "Kind", symbols: ["a", "b"] } },
		{ name: "maybe", type: ["null", "string"] },
		{ name: "list", type: { type: "array", items: ["null", "long"] } },
		{
			name: "map",
			type: { type: "map", values: { type: "array", items: "string" } },
		},
		{ name: "next", type: ["null", "Everything"] },
	],
};
const text = fc.string({ unit: "binary", maxLength: 8 });
const { everythingValue } = fc.letrec((tie) => ({
	everythingValue: fc.record({
		text,
		yes: fc.boolean(),
		i: fc.integer(),
		l: fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
		f: fc.float({ noNaN: true }),
		d: fc.double({ noNaN: true }),
		raw: fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes)),
		hash: fc
			.uint8Array({ minLength: 3, maxLength: 3 })
			.map((bytes) => Buffer.from(bytes)),
		kind: fc.constantFrom("a", "b"),
		maybe: fc.option(text),
		list: fc.array(fc.option(fc.integer()), { maxLength: 4 }),
		map: fc.dictionary(
			text.filter((key) => key !== "__proto__"),
			fc.array(text, { maxLength: 2 }),
			{ maxKeys: 3, noNullPrototype: true },
		),
		next: fc.option(tie("everythingValue"), { maxDepth: 2 }),
	}),
}));

test("readAvro: reads what avsc writes", () => {
	const type = avsc.Type.forSchema(everything as avsc.Schema);
	fc.assert(
		fc.property(everythingValue, (value) => {
			assert.deepEqual(
				JSON.stringify(read(everything, type.toBuffer(value))),
				JSON.stringify(value),
			);
		}),
	);
});

test("readAvro: any bytes give a value or an error, soon", () => {
	const type = parseAvroSchema(JSON.stringify(everything));
	const whole = avsc.Type.forSchema(everything as avsc.Schema).toBuffer(
		fc.sample(everythingValue, { numRuns: 1, seed: 7 })[0],
	);
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(), (noise, nth) => {
			const broken = Buffer.from(whole);
			Buffer.from(noise).copy(broken, nth % whole.length);
			for (const bytes of [
				Buffer.from(noise),
				broken,
				whole.subarray(0, nth % whole.length),
			]) {
				try {
					readAvro(type, bytes);
				} catch (error) {
					assert.ok(error instanceof Error);
				}
			}
		}),
		{ numRuns: 500 },
	);
});

const long = (n: bigint) =>
	avsc.types.LongType.__with({
		fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
		toBuffer: (value: bigint) => {
			const buffer = Buffer.alloc(8);
			buffer.writeBigInt64LE(value);
			return buffer;
		},
		fromJSON: BigInt,
		toJSON: Number,
		isValid: () => true,
		compare: () => 0,
	}).toBuffer(n);

for (const n of [
	0n,
	1n,
	-1n,
	2n ** 48n,
	-(2n ** 49n),
	2n ** 52n + 1n,
	-(2n ** 53n) + 1n,
	2n ** 53n - 1n,
]) {
	test(`readAvro: the long ${n} is exact`, () =>
		assert.equal(read("long", long(n)), Number(n)));
}
for (const n of [2n ** 53n, -(2n ** 53n), 2n ** 60n + 1n]) {
	test(`readAvro: the long ${n} keeps its digits`, () =>
		assert.equal(toJson(read("long", long(n))), String(n)));
}
for (const n of [2n ** 63n - 1n, -(2n ** 63n)]) {
	test(`readAvro: the long ${n} is an exact number`, () =>
		assert.deepEqual(read("long", long(n)), numberOf(String(n))));
}

const errors = [
	{
		name: "an array that claims more items than there are bytes",
		schema: { type: "array", items: "null" },
		bytes: long(2n ** 40n),
		message: /do not fit/,
	},
	{
		name: "a map that claims a negative multitude",
		schema: { type: "map", values: "int" },
		bytes: Buffer.concat([long(-(2n ** 40n)), long(5n)]),
		message: /do not fit/,
	},
	{
		name: "a string longer than the message",
		schema: "string",
		bytes: long(100n),
		message: /cut off/,
	},
	{
		name: "a string of negative length",
		schema: "string",
		bytes: long(-1n),
		message: /cut off/,
	},
	{
		name: "a string that is no UTF-8",
		schema: "string",
		bytes: Buffer.from([4, 0xc3, 0x28]),
		message: /UTF-8/,
	},
	{
		name: "a symbol that does not exist",
		schema: { type: "enum", name: "E", symbols: ["a"] },
		bytes: long(1n),
		message: /no symbol 1/,
	},
	{
		name: "a branch that does not exist",
		schema: ["null", "int"],
		bytes: long(2n),
		message: /no branch 2/,
	},
	{
		name: "bytes after the value",
		schema: "boolean",
		bytes: Buffer.from([1, 1]),
		message: /1 bytes are left over/,
	},
	{
		name: "a map that uses our name for exact numbers",
		schema: { type: "map", values: "int" },
		bytes: avsc.Type.forSchema({ type: "map", values: "int" }).toBuffer({
			[EXACT_KEY]: 1,
		}),
		message: /is kept for this service/,
	},
	{
		name: "a length beyond all numbers",
		schema: "string",
		bytes: long(2n ** 62n + 1n),
		message: /cut off/,
	},
	{
		name: "nothing",
		schema: "int",
		bytes: Buffer.alloc(0),
		message: /cut off/,
	},
	{
		name: "endless nesting",
		schema: {
			type: "record",
			name: "R",
			fields: [{ name: "r", type: ["null", "R"] }],
		},
		bytes: Buffer.alloc(10_000, 2),
		message: /nested deeper/,
	},
];
for (const { name, schema, bytes, message } of errors) {
	test(`readAvro: ${name} is an error`, () =>
		assert.throws(() => read(schema, bytes), message));
}

test("readAvro: unions come without a wrapper, also those that avsc calls ambiguous", () => {
	assert.equal(
		read(
			["null", "int", "long", "string"],
			Buffer.concat([long(2n), long(7n)]),
		),
		7,
	);
	assert.equal(read(["null", "int", "long", "string"], long(0n)), null);
});

for (const [unit, units, expected] of [
	["micros", 1_700_000_000_123_456n, 1_700_000_000_123],
	["micros", -1n, -1],
	["nanos", 1_700_000_000_123_456_789n, 1_700_000_000_123],
	["nanos", -1_700_000_000_123_456_789n, -1_700_000_000_124],
] as const)
	test(`readAvro: ${units} ${unit} become milliseconds`, () => {
		for (const logicalType of [`timestamp-${unit}`, `local-timestamp-${unit}`])
			assert.equal(read({ type: "long", logicalType }, long(units)), expected);
	});
