import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Value } from "typebox/value";
import { cognitivePlanSchema } from "../../schemas/cognitive-plan.ts";
import { createApprovalRequest } from "../../src/domain/approval-request.ts";
import { planHash } from "../../src/domain/canonical-json.ts";
import { readApprovalAnswer } from "../../src/domain/read-approval-answer.ts";
import { readPlan } from "../../src/domain/read-plan.ts";
import {
	PLAN_HASH_MARK,
	requestAsPlan,
} from "../../src/domain/request-as-plan.ts";
import { identity } from "../support/executions.ts";
import { planJson } from "../support/plans.ts";

function requestOf(published: Record<string, unknown>) {
	return createApprovalRequest({
		chain: "orch-p-1:run-1",
		identity,
		decision: {},
		plan: readPlan(published).plan,
		published,
		planHash: planHash(published),
		expiresAt: 2_000,
		reminder: 0,
		nowMs: 1_000,
	});
}

test("request as plan: the least plan that intake takes fills the whole contract", () => {
	const plan = planJson([
		["a", [], { parameters: { n: 7, list: [1], text: "x" } }],
		["b", ["a"]],
	]);
	const sent = requestAsPlan(requestOf(plan));
	const errors = JSON.stringify(Value.Errors(cognitivePlanSchema, sent));
	assert.ok(Value.Check(cognitivePlanSchema, sent), errors);
	assert.deepEqual(sent.tasks[0]?.parameters, {
		n: "7",
		list: "[1]",
		text: "x",
	});
	assert.deepEqual(sent.execution_order, ["a", "b"]);
	assert.equal(sent.approval_status, "pending");
	assert.equal(sent.created_at, 1_000);
});

test("request as plan: a plan of the contract stays what it is", () => {
	const plan = {
		...Value.Create(cognitivePlanSchema),
		...planJson([["a"]]),
		original_domain: "SECURITY",
		reasoning_summary: "because",
		risk_factors: { a: 0.5 },
		metadata: { own: "kept" },
		status: "draft",
	};
	const sent = requestAsPlan(requestOf(plan));
	assert.ok(Value.Check(cognitivePlanSchema, sent));
	assert.equal(sent.original_domain, "SECURITY");
	assert.equal(sent.reasoning_summary, "because");
	assert.deepEqual(sent.risk_factors, { a: 0.5 });
	assert.equal(sent.metadata.own, "kept");
	assert.equal(sent.status, "draft");
});

test("request as plan: whatever stands in a plan, the contract is kept", () => {
	const odd = fc.dictionary(
		fc.constantFrom(
			...Object.keys(Value.Create(cognitivePlanSchema)),
			"__proto__",
		),
		fc.jsonValue(),
	);
	fc.assert(
		fc.property(odd, (fields) => {
			const plan = { ...fields, ...planJson([["a"]]) };
			const sent = requestAsPlan(requestOf(plan));
			const errors = JSON.stringify(Value.Errors(cognitivePlanSchema, sent));
			assert.ok(Value.Check(cognitivePlanSchema, sent), errors);
		}),
		{ numRuns: 2_000 },
	);
});

test("request as plan: an answer with the plan as it came in Avro names the very plan", () => {
	const plan = planJson([["a", [], { parameters: { n: 7 } }]]);
	const sent = requestAsPlan(requestOf(plan));
	// As approval services write down what they have read.
	const shown = { ...sent, created_at: "1970-01-01 00:00:01+00:00" };
	const reading = readApprovalAnswer({
		plan_id: "p-1",
		decision: "approved",
		approved_by: "ada",
		cognitive_plan_json: JSON.stringify(shown),
	});
	assert.ok(reading.ok);
	assert.equal(reading.answer.plan_hash, planHash(plan));
	const forged = { ...plan, metadata: { [PLAN_HASH_MARK]: "no hash" } };
	const other = readApprovalAnswer({
		plan_id: "p-1",
		decision: "approved",
		approved_by: "ada",
		cognitive_plan_json: JSON.stringify(forged),
	});
	assert.ok(other.ok);
	assert.equal(other.answer.plan_hash, planHash(forged));
});
