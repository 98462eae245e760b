import assert from "node:assert/strict";
import { test } from "node:test";
import { approvalResponseSchema } from "../../schemas/approval-response.ts";
import {
	cognitivePlanSchema,
	taskNodeSchema,
} from "../../schemas/cognitive-plan.ts";
import { consolidatedDecisionSchema } from "../../schemas/consolidated-decision.ts";
import {
	executionResultPayloadSchema,
	executionResultSchema,
} from "../../schemas/execution-result.ts";
import { readApprovalAnswer } from "../../src/domain/read-approval-answer.ts";
import { needsApproval, readDecision } from "../../src/domain/read-decision.ts";
import { readPlan } from "../../src/domain/read-plan.ts";
import { readResult } from "../../src/domain/read-result.ts";

type Fields = Record<string, unknown>;

/** A wire record, what is read of it, and which of its properties have no effect on that. */
interface Contract {
	name: string;
	schema: { properties: object };
	/** With a value for every property that is read. */
	sample: Fields;
	read(value: Fields): unknown;
	/** Properties that nobody here needs; a new one is read or added to this list. */
	unread: string[];
}

const undecided = {
	final_decision: "approve",
	requires_human_review: false,
} as const;
const task = {
	task_id: "a",
	task_type: "BUILD",
	description: "builds",
	dependencies: ["b"],
	estimated_duration_ms: 1,
	required_capabilities: ["build"],
	parameters: { p: "1" },
	metadata: { m: "1" },
};
const plan = {
	plan_id: "p-1",
	intent_id: "i-1",
	correlation_id: "c-1",
	tasks: [task],
	execution_order: ["a"],
	risk_score: 0.1,
	risk_band: "low",
	valid_until: 1,
	original_domain: "TECHNICAL",
	original_priority: "high",
	original_security_level: "internal",
	requires_approval: false,
	approval_status: "approved",
	schema_version: 1,
};
const result = {
	ticket_id: "t-1",
	status: "COMPLETED",
	result: { output: { o: "1" } },
	error_message: "none",
	actual_duration_ms: 1,
	agent_id: "agent-1",
	timestamp: 1,
};

const contracts: Contract[] = [
	{
		name: "a decision",
		schema: consolidatedDecisionSchema,
		sample: {
			decision_id: "d-1",
			plan_id: "p-1",
			intent_id: "i-1",
			correlation_id: "c-1",
			trace_id: "t-1",
			span_id: "s-1",
			final_decision: "approve",
			aggregated_risk: 0.1,
			cognitive_plan: "{}",
			requires_human_review: true,
			created_at: 1,
			valid_until: 1,
			metadata: { m: "1" },
		},
		read: readDecision,
		unread: [
			...["consensus_method", "aggregated_confidence", "specialist_votes"],
			...["consensus_metrics", "explainability_token", "reasoning_summary"],
			...["compliance_checks", "guardrails_triggered", "hash"],
			"schema_version",
		],
	},
	{
		name: "a plan",
		schema: cognitivePlanSchema,
		sample: plan,
		read: (value) => [
			readPlan(value),
			// Each of the two counts only when the other does not settle it.
			needsApproval(undecided, { ...value, approval_status: "pending" }),
			needsApproval(undecided, { ...value, requires_approval: true }),
		],
		// Of these the request for approval takes some, from the plan as it was published.
		unread: [
			...["version", "trace_id", "span_id", "risk_factors"],
			...["explainability_token", "reasoning_summary", "status", "created_at"],
			...["estimated_total_duration_ms", "complexity_score", "metadata"],
			...["approved_by", "approved_at", "is_destructive"],
			...["destructive_tasks", "risk_matrix"],
		],
	},
	{
		name: "a plan's task",
		schema: taskNodeSchema,
		sample: task,
		read: (value) => readPlan({ ...plan, tasks: [value] }),
		unread: [],
	},
	{
		name: "a result",
		schema: executionResultSchema,
		sample: result,
		read: (value) => readResult(value, null),
		unread: ["schema_version"],
	},
	{
		name: "a result's content",
		schema: executionResultPayloadSchema,
		sample: result.result,
		read: (value) => readResult({ ...result, result: value }, null),
		// `status` of the result says whether it succeeded; the metadata may hold the ticket's token.
		unread: ["success", "metadata", "logs"],
	},
	{
		name: "an answer to a request for approval",
		schema: approvalResponseSchema,
		sample: {
			plan_id: "p-1",
			decision: "rejected",
			approved_by: "ana",
			approved_at: 1,
			rejection_reason: "no",
			cognitive_plan_json: "{}",
			plan_hash: "a".repeat(64),
		},
		read: (value) => {
			const reading = readApprovalAnswer(value);
			// The answer's id is made of all that it says.
			return reading.ok ? { ...reading.answer, answer_id: "" } : reading;
		},
		unread: ["intent_id"],
	},
];

/** No property may hold it. */
const unreadable = { unreadable: [1] };

for (const { name, schema, sample, read, unread } of contracts)
	test(`wire properties: ${name} is read whole, or what is not read of it is known`, () => {
		const untouched = JSON.stringify(read(sample));
		const withoutEffect = Object.keys(schema.properties).filter(
			(property) =>
				JSON.stringify(read({ ...sample, [property]: unreadable })) ===
				untouched,
		);
		assert.deepEqual(withoutEffect.sort(), [...unread].sort());
	});
