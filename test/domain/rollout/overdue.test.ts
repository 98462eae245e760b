import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutEnded } from "../../../src/domain/rollout/overdue.ts";

test("withoutEnded: a late plan whose outcome is stored is not counted as open as well, and no count goes below 0", () => {
	const overdue = [
		{ weight: 5, base: 4, candidate: 1 },
		{ weight: 25, base: 0, candidate: 3 },
	];
	const candidate = { arm: "candidate", weight: 25 } as const;
	const base = { arm: "base", weight: 25 } as const;
	assert.deepEqual(withoutEnded(overdue, [candidate, candidate, base]), [
		{ weight: 5, base: 4, candidate: 1 },
		{ weight: 25, base: 0, candidate: 1 },
	]);
	assert.deepEqual(withoutEnded(overdue, []), overdue);
});
