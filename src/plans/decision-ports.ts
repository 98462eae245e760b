import type { DecisionDocument, PlanDocument } from "../domain/documents.ts";

export type ArchivedPlan = Pick<
	PlanDocument,
	| "workflow_id"
	| "decision_id"
	| "plan_hash"
	| "published_at"
	| "publish_attempted"
	| "status"
	| "audit_head"
>;

export type ArchivedDecision = Pick<
	DecisionDocument,
	"plan_id" | "plan_hash" | "workflow_id" | "final_decision" | "recorded_at"
>;

/**
 * What workflows have written of plans and decisions; it outlives Temporal's retention. Each answers
 * by `_id`. Throws STORE_UNAVAILABLE.
 */
export interface DecisionArchive {
	readPlan(planId: string): Promise<ArchivedPlan | undefined>;
	readDecision(decisionId: string): Promise<ArchivedDecision | undefined>;
}

/** A decision that intake has handed over: Temporal has acknowledged all that follows from it. */
export type ProcessedDecision = Pick<
	DecisionDocument,
	"plan_id" | "plan_hash" | "workflow_id" | "final_decision"
>;

/**
 * The fast path: decisions of the last day. It may forget, and then costs time only; it never says of a
 * decision that it was processed when it was not. Never throws.
 */
export interface DecisionCache {
	find(decisionId: string): Promise<ProcessedDecision | undefined>;
	remember(decisionId: string, processed: ProcessedDecision): Promise<void>;
}
