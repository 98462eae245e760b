import assert from "node:assert/strict";
import { test } from "node:test";
import { needsApproval } from "../../src/domain/read-decision.ts";
import { expected, plan } from "./decision-samples.ts";

const approvals: {
	name: string;
	given: object;
	plan: unknown;
	needed: boolean;
}[] = [
	{ name: "approve", given: {}, plan, needed: false },
	{
		name: "conditional",
		given: { final_decision: "conditional" },
		plan: null,
		needed: false,
	},
	{
		name: "review_required",
		given: { final_decision: "review_required" },
		plan,
		needed: true,
	},
	{
		name: "a human review",
		given: { requires_human_review: true },
		plan,
		needed: true,
	},
	{
		name: "the plan wants one",
		given: {},
		plan: { requires_approval: true },
		needed: true,
	},
	{
		name: "the plan wants one and has it",
		given: {},
		plan: { requires_approval: true, approval_status: "approved" },
		needed: false,
	},
	{
		name: "the plan's approval was refused",
		given: {},
		plan: { requires_approval: true, approval_status: "rejected" },
		needed: true,
	},
	{
		name: "the plan's approval does not lift the decision's review",
		given: { requires_human_review: true },
		plan: { requires_approval: true, approval_status: "approved" },
		needed: true,
	},
	{
		name: "the plan's wish cannot be read",
		given: {},
		plan: { requires_approval: {} },
		needed: true,
	},
	{ name: "the plan is no object", given: {}, plan: "{", needed: false },
];

for (const { name, given, plan: asked, needed } of approvals) {
	test(`needsApproval: ${name}: ${needed}`, () =>
		assert.equal(needsApproval({ ...expected, ...given }, asked), needed));
}
