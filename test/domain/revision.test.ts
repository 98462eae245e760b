import assert from "node:assert/strict";
import { test } from "node:test";
import { revisionText } from "../../src/domain/revision.ts";

test("revisionText: sorts by the moment, then by each count", () => {
	const inOrder = [
		revisionText(999, 20, 5),
		revisionText(1_000, 1),
		revisionText(1_000, 9, 10),
		revisionText(1_000, 10, 9),
		revisionText(1_000, 10, 10),
		revisionText(1_700_000_000_000, 1, 1),
	];
	assert.deepEqual(inOrder.toSorted(), inOrder);
	assert.equal(revisionText(7, 1), "000000000000007-000000001");
});
