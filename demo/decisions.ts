import { createHash } from "node:crypto";
import type { CognitivePlan, TaskNode } from "../schemas/cognitive-plan.ts";
import type {
	ConsolidatedDecision,
	SpecialistVote,
} from "../schemas/consolidated-decision.ts";
import { canonicalJson } from "../src/domain/canonical-json.ts";

/** What a test or the demo says of a task; the rest is filled in. */
export type TaskSpec = Pick<TaskNode, "task_id"> & Partial<TaskNode>;

/** What is said of a plan; the rest is filled in as the planner would. */
export type PlanSpec = Pick<CognitivePlan, "plan_id"> &
	Partial<Omit<CognitivePlan, "tasks">> & { tasks: TaskSpec[] };

const HOUR_MS = 3_600_000;

/** A complete task: EXECUTE, half a second, no dependencies. */
export function buildTask(spec: TaskSpec): TaskNode {
	return {
		task_type: "EXECUTE",
		description: `Task ${spec.task_id}`,
		dependencies: [],
		estimated_duration_ms: 500,
		required_capabilities: ["python", "compute"],
		parameters: {},
		metadata: {},
		...spec,
	};
}

/** A complete plan of the given tasks, valid for an hour, with the tasks' order as its execution order. */
export function buildPlan({ tasks, ...spec }: PlanSpec): CognitivePlan {
	const nodes = tasks.map(buildTask);
	const nowMs = Date.now();
	return {
		version: "1.0.0",
		intent_id: `intent-${spec.plan_id}`,
		correlation_id: `corr-${spec.plan_id}`,
		trace_id: null,
		span_id: null,
		tasks: nodes,
		execution_order: nodes.map(({ task_id }) => task_id),
		risk_score: 0.3,
		risk_band: "medium",
		risk_factors: { complexity: 0.2, blast_radius: 0.4 },
		explainability_token: `explain-${spec.plan_id}`,
		reasoning_summary: "Smallest set of tasks that fulfils the intent.",
		status: "validated",
		created_at: nowMs - 5_000,
		valid_until: nowMs + HOUR_MS,
		estimated_total_duration_ms: 500 * nodes.length,
		complexity_score: 0.4,
		original_domain: "TECHNICAL",
		original_priority: "normal",
		original_security_level: "internal",
		metadata: { source: "semantic-translation-engine" },
		requires_approval: false,
		approval_status: null,
		approved_by: null,
		approved_at: null,
		is_destructive: false,
		destructive_tasks: [],
		risk_matrix: null,
		schema_version: 1,
		...spec,
	};
}

/** A complete decision about the plan, approved unless told otherwise, with the hash its maker would give it. */
export function buildDecision(
	plan: CognitivePlan,
	spec: Partial<ConsolidatedDecision> = {},
): ConsolidatedDecision {
	const nowMs = Date.now();
	const decision: ConsolidatedDecision = {
		decision_id: `decision-${plan.plan_id}`,
		plan_id: plan.plan_id,
		intent_id: plan.intent_id,
		correlation_id: plan.correlation_id,
		trace_id: plan.trace_id,
		span_id: plan.span_id,
		final_decision: "approve",
		consensus_method: "bayesian",
		aggregated_confidence: 0.87,
		aggregated_risk: plan.risk_score,
		specialist_votes: buildVotes(plan),
		consensus_metrics: {
			divergence_score: 0.06,
			convergence_time_ms: 412,
			unanimous: true,
			fallback_used: false,
			pheromone_strength: 0.71,
			bayesian_confidence: 0.88,
			voting_confidence: 0.85,
		},
		explainability_token: `explain-decision-${plan.plan_id}`,
		reasoning_summary: "Five of five specialists are in favour.",
		compliance_checks: { data_residency: true, change_window: true },
		guardrails_triggered: [],
		cognitive_plan: JSON.stringify(plan),
		requires_human_review: false,
		created_at: nowMs,
		valid_until: nowMs + HOUR_MS,
		metadata: { source: "consensus-engine" },
		hash: "",
		schema_version: 1,
		...spec,
	};
	return { ...decision, hash: spec.hash ?? hashDecision(decision) };
}

/** The integrity hash of contracts.md, "Decisions on plans.consensus": SHA-256 over the key-sorted JSON of seven fields. */
export function hashDecision(decision: ConsolidatedDecision): string {
	const {
		decision_id,
		plan_id,
		final_decision,
		aggregated_confidence,
		aggregated_risk,
		specialist_votes,
	} = decision;
	const text = canonicalJson({
		decision_id,
		plan_id,
		final_decision,
		aggregated_confidence,
		aggregated_risk,
		specialist_votes,
		created_at: new Date(decision.created_at).toISOString(),
	});
	return createHash("sha256").update(text).digest("hex");
}

const specialists = [
	"business",
	"technical",
	"behavior",
	"evolution",
	"architecture",
];

function buildVotes({ plan_id, risk_score }: CognitivePlan): SpecialistVote[] {
	return specialists.map((specialist_type, index) => ({
		specialist_type,
		opinion_id: `opinion-${plan_id}-${specialist_type}`,
		confidence_score: 0.82 + index / 50,
		risk_score,
		recommendation: "approve",
		weight: 0.2,
		processing_time_ms: 120 + 35 * index,
	}));
}
