import assert from "node:assert/strict";
import { test } from "node:test";
import { headOfFrame } from "../../src/domain/frame-heads.ts";

const head = { trail: 1_763_720_000_000, sequence: 5, hash: "a".repeat(64) };

test("headOfFrame: the head that a frame names, with its plan", () => {
	const frame = { plan_id: "p", audit_head: { ...head, more: 1 }, steps: [] };
	assert.deepEqual(headOfFrame(frame), { plan_id: "p", ...head });
});

for (const [what, frame] of Object.entries<unknown>({
	nothing: null,
	"a list": [],
	"a frame of a plan without records": { plan_id: "p", audit_head: null },
	"a frame of an earlier release": { plan_id: "p" },
	"a head of no plan": { audit_head: head },
	"another hash": { plan_id: "p", audit_head: { ...head, hash: "A" } },
	"a place that no record has": {
		plan_id: "p",
		audit_head: { ...head, sequence: 0 },
	},
	"a trail that is no time": {
		plan_id: "p",
		audit_head: { ...head, trail: 1e16 },
	},
}))
	test(`headOfFrame: ${what} names none`, () =>
		assert.equal(headOfFrame(frame), undefined));
