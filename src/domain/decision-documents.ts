import { canonicalJson, textHash } from "./canonical-json.ts";
import type {
	DecisionDocument,
	PlanDocument,
	ValidationAuditDocument,
} from "./documents.ts";
import { countTickets } from "./plan-document.ts";
import type { DecisionSummary, RecordSource } from "./plan-run.ts";
import type { Validation } from "./validate-plan.ts";
import type { PlanIdentity } from "./wire-ticket.ts";

/** A decision and its workflow. */
export interface TakenDecision {
	decision: DecisionSummary;
	workflowId: string;
	planHash: string | null;
	source: RecordSource | null;
	/** Unix epoch, ms. */
	nowMs: number;
}

/** Remembers the decision beyond Temporal's retention (protocol.md, "Starting"). */
export function decisionDocument({
	decision,
	workflowId,
	planHash,
	source,
	nowMs,
}: TakenDecision): Omit<DecisionDocument, "revision"> {
	return {
		decision_id: decision.decision_id,
		plan_id: decision.plan_id,
		workflow_id: workflowId,
		plan_hash: planHash,
		final_decision: decision.final_decision,
		source,
		recorded_at: nowMs,
	};
}

/** The plan document of a decision that rejects its plan: the plan has no run, and lists show it all the same. */
export function rejectedPlanDocument(
	{ decision, workflowId, planHash, source, nowMs }: TakenDecision,
	runId: string,
): Omit<PlanDocument, "revision"> {
	return {
		workflow_id: workflowId,
		run_id: runId,
		kind: "recorded-decision",
		plan_id: decision.plan_id,
		decision_id: decision.decision_id,
		intent_id: decision.intent_id,
		correlation_id: decision.correlation_id,
		final_decision: decision.final_decision,
		domain: null,
		risk_band: null,
		priority: null,
		orchestrator_version: null,
		plan_hash: planHash,
		status: "REJECTED",
		stage: "failed",
		current_step: null,
		policy: { c2: null, c3: null },
		problems: [],
		warnings: [],
		steps: [],
		commands: [],
		approval: null,
		...countTickets(undefined, undefined),
		results_duplicate: 0,
		results_late: 0,
		results_unknown: 0,
		stray_results: [],
		error_message: "the decision rejects the plan",
		created_at: nowMs,
		published_at: null,
		publish_attempted: false,
		finished_at: nowMs,
		valid_until: decision.valid_until,
		sla_deadline: null,
		slack_at: null,
		last_progress_at: nowMs,
		source,
		updated_at: nowMs,
	};
}

/** The verdict of C1 for the audit, with a hash that covers it. */
export function validationDocument(
	identity: PlanIdentity,
	validation: Validation,
	policy: string | null,
	nowMs: number,
): Omit<ValidationAuditDocument, "revision"> {
	const verdict = {
		valid: validation.valid,
		errors: validation.valid ? [] : validation.problems,
		warnings: validation.warnings,
		validated_at: nowMs,
		policy,
	};
	return {
		workflow_id: identity.workflow_id,
		plan_id: identity.plan_id,
		decision_id: identity.decision_id,
		orchestrator_version: identity.orchestrator_version,
		validation_result: verdict,
		hash: textHash(canonicalJson(verdict)),
		timestamp: nowMs,
	};
}
