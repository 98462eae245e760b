import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	type PackedColumn,
	packValues,
	unpackValues,
} from "../../src/domain/pack-records.ts";

/** As a value comes out of Temporal: -0 is 0, what is undefined is absent. */
const travelled = <T>(value: T): T => JSON.parse(JSON.stringify(value));

function roundTrip(values: unknown[]): unknown[] {
	const packed = travelled<PackedColumn>(packValues(values));
	return unpackValues(packed, values.length);
}

test("packValues: whatever JSON it is comes back", () => {
	const json = fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 12 });
	fc.assert(
		fc.property(json, (values) => {
			assert.deepEqual(travelled(roundTrip(values)), travelled(values));
		}),
		{ numRuns: 500 },
	);
});

test("packValues: records that are much alike come back, with gaps, lists and maps in them", () => {
	const record = fc.record(
		{
			phase: fc.constantFrom("ready", "ended"),
			at: fc.option(fc.maxSafeInteger()),
			attempts: fc.array(
				fc.record({ end: fc.option(fc.string()), dirty: fc.boolean() }),
			),
			output: fc.option(fc.dictionary(fc.string(), fc.string())),
		},
		{ requiredKeys: ["phase", "attempts"] },
	);
	fc.assert(
		fc.property(fc.array(record), (records) => {
			assert.deepEqual(roundTrip(records), travelled(records));
		}),
	);
});

test("packValues: maps with keys of their own do not become columns", () => {
	const maps = Array.from({ length: 2_000 }, (_, at) => ({ [`k${at}`]: at }));
	assert.deepEqual(roundTrip(maps), maps);
	assert.ok(JSON.stringify(packValues(maps)).length < 100_000);
});

test("packValues: a key named __proto__ is a key", () => {
	const maps = [JSON.parse('{"__proto__": 1, "a": 2}'), { a: 3 }];
	assert.equal(JSON.stringify(roundTrip(maps)), JSON.stringify(maps));
});

test("packValues: times take as much as the steps between them", () => {
	const times = Array.from({ length: 10_000 }, (_, at) => ({
		at: 1_764_000_000_000 + at * 7,
		end: null,
	}));
	assert.deepEqual(roundTrip(times), times);
	assert.ok(JSON.stringify(packValues(times)).length < 25_000);
});
