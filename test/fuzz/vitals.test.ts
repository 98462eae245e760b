import assert from "node:assert/strict";
import { test } from "node:test";
import { isFlat } from "./vitals.ts";

const round = (heapMb: number) => ({ requests: 1, residentMb: 100, heapMb });

test("isFlat: by what comes after the first round, which warms up; less says nothing", () => {
	assert.ok(isFlat([round(10), round(90), round(91), round(92)]));
	assert.ok(!isFlat([round(10), round(90), round(200)]));
	for (const few of [[], [round(1)], [round(1), round(1)]])
		assert.ok(!isFlat(few));
});
