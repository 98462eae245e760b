import type { DecisionSummary } from "../../src/domain/plan-run.ts";

export const plan = { plan_id: "p-1", intent_id: "i-plan", tasks: [] };

/** As it comes on the wire, with a field nobody knows. */
export const decision = {
	decision_id: "d-1",
	plan_id: "p-1",
	intent_id: "intenção-日本",
	correlation_id: "c-1",
	trace_id: "t-1",
	span_id: "s-1",
	final_decision: "approve",
	requires_human_review: false,
	created_at: 1_700_000_000_000,
	valid_until: null,
	cognitive_plan: JSON.stringify(plan),
	metadata: { tenant: "a" },
	hash: "ab",
	schema_version: 1,
	a_field_nobody_knows: { deep: [1] },
};

/** What is read from it. */
export const expected: DecisionSummary = {
	decision_id: "d-1",
	plan_id: "p-1",
	intent_id: "intenção-日本",
	correlation_id: "c-1",
	trace_id: "t-1",
	span_id: "s-1",
	final_decision: "approve",
	requires_human_review: false,
	created_at: 1_700_000_000_000,
	valid_until: null,
	metadata: { tenant: "a" },
	kind: "decision",
};
