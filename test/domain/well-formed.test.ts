import assert from "node:assert/strict";
import { test } from "node:test";
import { wellFormed } from "../../src/domain/well-formed.ts";

test("wellFormed: halves of surrogate pairs become U+FFFD, in texts and keys, and nothing else changes", () => {
	assert.deepEqual(
		wellFormed({
			text: "x\ud83d",
			"\ude00key": ["\ude00", { deep: "a\ud83db" }],
			sound: "😀 é",
			others: [1, null, true, undefined],
		}),
		{
			text: "x\ufffd",
			"\ufffdkey": ["\ufffd", { deep: "a\ufffdb" }],
			sound: "😀 é",
			others: [1, null, true, undefined],
		},
	);
});
