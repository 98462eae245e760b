import { randomUUID } from "node:crypto";
import { planHash } from "../../src/domain/canonical-json.ts";
import type {
	DecisionSummary,
	PlanRunInput,
	PlanSettings,
	RecordDecisionInput,
	TicketResult,
} from "../../src/domain/plan-run.ts";

export const planSettings: PlanSettings = {
	ticketMaxAttempts: 2,
	ticketRetryBackoffMs: 10,
	// A workflow task that a stopping worker loses costs 10 s, and no ticket should run out of time for that.
	ticketQueueAllowanceMs: 20_000,
	ticketMinTimeoutMs: 1_000,
	ticketTimeoutMultiplier: 3,
	planMaxDurationMs: 60_000,
	planMaxTasks: 10_000,
	approvalTimeoutMs: 60_000,
	approvalReminderIntervalMs: 0,
	partitionKey: "auto",
	policyFirst: true,
};

/** A decision of a new plan, with what the test says differently. */
export function someDecision(
	changes: Partial<DecisionSummary> = {},
): DecisionSummary {
	return {
		decision_id: `d-${randomUUID()}`,
		plan_id: `p-${randomUUID()}`,
		intent_id: "i-1",
		correlation_id: null,
		trace_id: null,
		span_id: null,
		final_decision: "approve",
		requires_human_review: false,
		created_at: null,
		valid_until: null,
		metadata: {},
		kind: "decision",
		...changes,
	};
}

/** The input of the decision's run. */
export function runInput(
	decision: DecisionSummary,
	plan: unknown = { plan_id: decision.plan_id, risk_band: "high", tasks: [] },
): PlanRunInput {
	return {
		decision,
		plan,
		plan_hash: plan === null ? null : planHash(plan),
		orchestrator_version: "V1",
		received_at_ms: 1,
		decided_at_ms: 1,
		source: null,
		settings: planSettings,
	};
}

/** The input of a run that only records the decision. */
export function recordInput(decision: DecisionSummary): RecordDecisionInput {
	return { decision, plan_hash: null, received_at_ms: 1, source: null };
}

/** A result of a ticket. */
export function someResult(
	ticket_id: string,
	changes: Partial<TicketResult> = {},
): TicketResult {
	return {
		ticket_id,
		status: "COMPLETED",
		agent_id: "agent-1",
		actual_duration_ms: 5,
		error_message: null,
		output: {},
		reported_at_ms: 1,
		source: null,
		kind: "result",
		...changes,
	};
}
