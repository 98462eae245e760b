import assert from "node:assert/strict";
import { test } from "node:test";
import { createContiguousOffsets } from "../../../stack/agents/contiguous-offsets.ts";

test("createContiguousOffsets: tells an offset only when nothing below it is open", () => {
	const told: string[] = [];
	const offsets = createContiguousOffsets((offset) => told.push(offset));
	// Offsets have holes: compacted records, transaction markers.
	for (const offset of ["7", "8", "10", "11"]) offsets.open(offset);
	offsets.close("8");
	offsets.close("10");
	assert.deepEqual(told, []);
	offsets.close("7");
	assert.deepEqual(told, ["10"]);
	offsets.open("12");
	offsets.close("12");
	assert.deepEqual(told, ["10"]);
	offsets.close("11");
	assert.deepEqual(told, ["10", "12"]);
});
