import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { PlanProblem } from "../../src/domain/documents.ts";
import {
	addProblem,
	FieldReader,
	MAX_PROBLEMS,
	quote,
} from "../../src/domain/field-reader.ts";
import { LAST_TIMESTAMP_MS, timestampMs } from "../../src/domain/timestamps.ts";

const noonMs = Date.UTC(2026, 0, 2, 12);

const timestamps: [name: string, value: unknown, expected: unknown][] = [
	["a number", noonMs, noonMs],
	["a fraction of a millisecond", noonMs + 0.9, noonMs],
	["numeric text", String(noonMs), noonMs],
	["UTC", "2026-01-02T12:00:00Z", noonMs],
	["no seconds", "2026-01-02T12:00Z", noonMs],
	["milliseconds", "2026-01-02T12:00:00.250Z", noonMs + 250],
	["one digit of fraction", "2026-01-02T12:00:00.5Z", noonMs + 500],
	["microseconds and a zone", "2026-01-02T14:00:00.000123+02:00", noonMs],
	["a zone without colon", "2026-01-02T10:00:00-0200", noonMs],
	["a zone of hours", "2026-01-02T14:00:00+02", noonMs],
	["a space for the T", "2026-01-02 12:00:00Z", noonMs],
	["no zone is UTC", "2026-01-02T12:00:00.000000", noonMs],
	["a day", "2026-01-02", noonMs - 12 * 3_600_000],
	["the last millisecond", "9999-12-31T23:59:59.999Z", LAST_TIMESTAMP_MS],
	["after the last one", LAST_TIMESTAMP_MS + 1, undefined],
	["the largest long", "9223372036854775807", undefined],
	["no date", "2026-13-02T12:00:00Z", undefined],
	["31 February", "2026-02-31T12:00:00Z", undefined],
	["29 February of no leap year", " 2026-02-29 ", undefined],
	["29 February", "2028-02-29", Date.UTC(2028, 1, 29)],
	["a word with a number", "release 1", undefined],
	["empty text", " ", undefined],
	["infinity", Infinity, undefined],
	["no number", Number.NaN, undefined],
	["a list", [1], undefined],
];

for (const [name, value, expected] of timestamps)
	test(`timestampMs: ${name}`, () =>
		assert.equal(timestampMs(value), expected));

test("timestampMs: text means the same in every time zone", (t) => {
	const before = process.env.TZ;
	t.after(() => {
		if (before === undefined) delete process.env.TZ;
		else process.env.TZ = before;
	});
	for (const zone of ["America/New_York", "Asia/Kolkata"]) {
		process.env.TZ = zone;
		assert.equal(timestampMs("2026-01-02T12:00:00"), noonMs);
	}
});

test("FieldReader: items that are no text keep the positions of the others", () => {
	const reader = new FieldReader({ list: ["a", {}, "", 7, null] }, "$.x");
	assert.deepEqual(reader.texts("list"), ["a", "", "", "7", ""]);
	assert.deepEqual(
		reader.problems.map(({ path }) => path),
		["$.x.list[1]", "$.x.list[2]", "$.x.list[4]"],
	);
});

test("FieldReader: an id is text that keys and headers can carry", () => {
	const read = (value: unknown) => {
		const reader = new FieldReader({ id: value }, "$");
		reader.id("id", 5);
		return reader.problems.map(({ code }) => code);
	};
	assert.deepEqual(read("é-1"), []);
	assert.deepEqual(read(12345), []);
	assert.deepEqual(read(""), ["FIELD_MISSING"]);
	assert.deepEqual(read("123456"), ["FIELD_INVALID"]);
	assert.deepEqual(read("a\n"), ["FIELD_INVALID"]);
	assert.deepEqual(read("\ud800"), ["FIELD_INVALID"]);
	assert.deepEqual(read("."), ["FIELD_INVALID"]);
	assert.deepEqual(read(".."), ["FIELD_INVALID"]);
	assert.deepEqual(read("..."), []);
});

test("FieldReader: numbers in text, ranges, and what is told about them", () => {
	const reader = new FieldReader({ a: "1.5", b: "x", c: 7, d: null }, "$");
	assert.equal(reader.number("a"), 1.5);
	reader.number("b");
	reader.number("c", { minimum: 0, maximum: 1 });
	reader.number("d");
	assert.deepEqual(
		reader.problems.map(({ code, message }) => `${code}: ${message}`),
		[
			'FIELD_INVALID: $.b is "x", expected a number',
			"FIELD_INVALID: $.c is 7, expected a number from 0 to 1",
			"FIELD_MISSING: $.d is missing: give it a number",
		],
	);
});

test("FieldReader: returns its type and never throws, whatever stands there", () =>
	fc.assert(
		fc.property(fc.anything(), (value) => {
			const reader = new FieldReader({ f: value }, "$");
			assert.equal(typeof reader.text("f"), "string");
			assert.equal(typeof reader.id("f", 3), "string");
			assert.equal(typeof reader.number("f"), "number");
			assert.ok(reader.list("f"));
			assert.ok(reader.texts("f").every((one) => typeof one === "string"));
			assert.equal(typeof reader.optionalObject("f"), "object");
			const atMs = reader.optionalTimestamp("f") ?? 0;
			assert.ok(Math.abs(atMs) <= LAST_TIMESTAMP_MS);
			new FieldReader(value, "$").text("f");
			for (const { path, message } of reader.problems)
				assert.ok(path.startsWith("$.f") && message.length < 300);
		}),
	));

test("addProblem: a thousand, then one that says there are more", () => {
	const problems: PlanProblem[] = [];
	for (let index = 0; index < MAX_PROBLEMS + 50; index++)
		addProblem(problems, { path: "$", code: "X", message: "x" });
	assert.equal(problems.length, MAX_PROBLEMS + 1);
	assert.equal(problems.at(-1)?.code, "TOO_MANY_PROBLEMS");
});

test("quote: cut, so that no answer is larger than what it is about", () => {
	assert.equal(quote("a"), '"a"');
	assert.ok(quote("x".repeat(1_000_000)).length <= 80);
});
