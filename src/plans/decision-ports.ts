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
> &
	// Documents of the first releases lack it.
	Partial<Pick<PlanDocument, "policy">>;

export type ArchivedDecision = Pick<
	DecisionDocument,
	"plan_id" | "plan_hash" | "workflow_id" | "final_decision" | "recorded_at"
>;

/**
 * Plans and decisions as workflows wrote them; they outlive Temporal's retention. Each call reads one
 * document by its id. Throws STORE_UNAVAILABLE.
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

/** Decisions of the last day: a miss only costs a look-up, a hit is always true. Never throws. */
export interface DecisionCache {
	find(decisionId: string): Promise<ProcessedDecision | undefined>;
	remember(decisionId: string, processed: ProcessedDecision): Promise<void>;
}
