import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonBytes } from "../../src/domain/json-bytes.ts";
import {
	cutForPayload,
	exceedPayload,
	MAX_PAYLOAD_BYTES,
} from "../../src/domain/payload-limits.ts";

test("exceedPayload: exact to the byte, whatever characters an item has, and as items are cut", () => {
	for (const one of ["a", "ä", "漢", "😀", "\n", '"']) {
		const first = { text: one.repeat(10), list: [1, undefined] };
		const ownBytes = jsonBytes(first) + 1;
		// Quotes and its comma.
		const rest = "x".repeat(MAX_PAYLOAD_BYTES - ownBytes - 3);
		const fitting = [first, rest];
		assert.equal(exceedPayload(fitting), false);
		assert.equal(cutForPayload(fitting, MAX_PAYLOAD_BYTES).length, 1);
		const larger = [first, `${rest}x`];
		assert.equal(exceedPayload(larger), true);
		assert.equal(cutForPayload(larger, MAX_PAYLOAD_BYTES).length, 2);
	}
});
