import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import { approvalRequestSchema } from "../../schemas/approval-request.ts";
import { cognitivePlanSchema } from "../../schemas/cognitive-plan.ts";
import {
	type ApprovalRequestFacts,
	createApprovalRequest,
} from "../../src/domain/approval-request.ts";
import { jsonBytes } from "../../src/domain/json-bytes.ts";
import { readPlan } from "../../src/domain/read-plan.ts";
import { identity } from "../support/executions.ts";
import { planJson } from "../support/plans.ts";

function factsOf(published: Record<string, unknown>): ApprovalRequestFacts {
	return {
		chain: "orch-p-1:run-1",
		identity,
		decision: {},
		plan: readPlan(published).plan,
		published,
		planHash: "h",
		expiresAt: 2_000,
		reminder: 0,
		nowMs: 1_000,
	};
}

test("createApprovalRequest: a plan of the contract gives a record of the contract", () => {
	const plan = {
		...Value.Create(cognitivePlanSchema),
		...planJson([]),
		risk_band: "high",
		is_destructive: true,
		destructive_tasks: ["drop"],
		risk_matrix: { SECURITY: 0.9 },
	};
	const request = createApprovalRequest(factsOf(plan));
	assert.ok(Value.Check(approvalRequestSchema, request));
	assert.equal(request.requested_at, "1970-01-01T00:00:01.000Z");
	assert.deepEqual(request.cognitive_plan, plan);
	assert.deepEqual(
		[request.is_destructive, request.destructive_tasks, request.risk_matrix],
		[true, ["drop"], { SECURITY: 0.9 }],
	);
});

test("createApprovalRequest: the decision's risk stands above the plan's", () => {
	const facts = factsOf(planJson([["a"]], { risk_score: 0.25 }));
	assert.equal(createApprovalRequest(facts).risk_score, 0.25);
	const decision = { aggregated_risk: 0.75 };
	assert.equal(createApprovalRequest({ ...facts, decision }).risk_score, 0.75);
});

test("createApprovalRequest: a flag that is neither yes nor no is destructive, odd values are left out", () => {
	const { is_destructive, risk_matrix, destructive_tasks } =
		createApprovalRequest(
			factsOf(
				planJson([["a"]], {
					is_destructive: "perhaps",
					risk_matrix: { A: 1, B: "x" },
					destructive_tasks: "a",
				}),
			),
		);
	assert.equal(is_destructive, true);
	assert.deepEqual(risk_matrix, { A: 1 });
	assert.deepEqual(destructive_tasks, []);
});

test("createApprovalRequest: of what the plan says too, only the beginning stands twice", () => {
	const destructive_tasks = Array.from({ length: 9_000 }, (_, at) =>
		`t${at}`.padEnd(100, "x"),
	);
	const plan = planJson([["a"]], { destructive_tasks });
	const request = createApprovalRequest(factsOf(plan));
	assert.ok(jsonBytes(request) < jsonBytes(plan) + 140_000);
	assert.deepEqual(
		request.destructive_tasks,
		destructive_tasks.slice(0, request.destructive_tasks.length),
	);
	assert.ok(request.destructive_tasks.length > 1_000);
});

test("createApprovalRequest: the same request has the same id, a reminder and another run have others", () => {
	const facts = factsOf(planJson([["a"]]));
	const { request_id } = createApprovalRequest(facts);
	const idOf = (changes: Partial<ApprovalRequestFacts>) =>
		createApprovalRequest({ ...facts, ...changes }).request_id;
	assert.equal(idOf({ nowMs: 9 }), request_id);
	assert.notEqual(idOf({ reminder: 1 }), request_id);
	assert.notEqual(idOf({ chain: "orch-p-1:run-2" }), request_id);
});
