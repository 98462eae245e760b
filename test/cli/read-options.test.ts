import assert from "node:assert/strict";
import { test } from "node:test";
import { readMoment } from "../../src/cli/read-options.ts";

test("readMoment: a time, epoch ms, or how long ago", () => {
	assert.equal(readMoment("2026-11-21T10:00:00Z"), Date.UTC(2026, 10, 21, 10));
	assert.equal(readMoment("2026-11-21"), Date.UTC(2026, 10, 21));
	assert.equal(readMoment("1700000000000"), 1_700_000_000_000);
	assert.ok(Math.abs(Date.now() - 7_200_000 - readMoment("2h")) < 60_000);
});

for (const text of ["2026-02-31", "2026-02-30T10:00:00Z", "soon", "", "7"])
	test(`readMoment: "${text}" is no time`, () =>
		assert.throws(() => readMoment(text), /It is a time/));
