import type { PlanDocument } from "../domain/documents.ts";
import { openPlanStatuses, type PlanRunInput } from "../domain/plan-run.ts";
import { isRetryable } from "./decode-record.ts";
import type { StartOutcome } from "./plan-starter.ts";

export type RecalledPlan = Pick<
	PlanDocument,
	| "kind"
	| "workflow_id"
	| "decision_id"
	| "plan_hash"
	| "published_at"
	| "status"
>;

/** The read model; remembers plans beyond Temporal's retention. Throws STORE_UNAVAILABLE. */
export interface PlanMemory {
	readPlan(planId: string): Promise<RecalledPlan | undefined>;
}

/**
 * Younger decisions are known to Temporal itself, whose retention is a day at least: they cost no
 * look into the read model.
 */
const TEMPORAL_KNOWS_MS = 12 * 3_600_000;

/**
 * What the read model says against starting a plan whose decision is old, or undefined. When it is
 * away, a decision that only claims to be old goes on; a record that is old waits, because only the
 * read model can tell that it was executed.
 */
export async function recallPlan(
	memory: PlanMemory,
	input: PlanRunInput,
): Promise<StartOutcome | undefined> {
	const { decision, decided_at_ms, received_at_ms } = input;
	const oldestMs = Math.min(decided_at_ms, decision.created_at ?? 0);
	if (received_at_ms - oldestMs < TEMPORAL_KNOWS_MS) return undefined;
	try {
		const plan = await memory.readPlan(decision.plan_id);
		return plan === undefined ? undefined : judge(plan, input);
	} catch (error) {
		const isOldRecord = received_at_ms - decided_at_ms >= TEMPORAL_KNOWS_MS;
		if (isOldRecord || !isRetryable(error)) throw error;
		return undefined;
	}
}

function judge(
	plan: RecalledPlan,
	{ decision, plan_hash }: PlanRunInput,
): StartOutcome | undefined {
	// A decision that was only recorded ran nothing; of an open plan Temporal knows more.
	if (plan.kind !== "plan") return undefined;
	if ((openPlanStatuses as readonly string[]).includes(plan.status)) {
		return undefined;
	}
	const isSame =
		plan.decision_id === decision.decision_id && plan.plan_hash === plan_hash;
	if (isSame) return { kind: "duplicate", workflow_id: plan.workflow_id };
	if (plan.published_at === null) return undefined;
	return {
		kind: "refused",
		code: "PLAN_ALREADY_RAN",
		reason: `plan ${decision.plan_id} was executed under another decision or with another content`,
		hint: "rerun: ask for a rerun of the plan, or publish the plan under a new plan_id",
	};
}
