import type { DecisionSummary } from "./plan-run.ts";
import { nameUuid } from "./ticket-ids.ts";

/** The decision of a plan that comes without one: at most 36 characters, clients' columns hold no more. */
export function bareDecisionId(planId: string): string {
	return nameUuid(`direct/${planId}`);
}

/** The ids under which this decision may be known: earlier builds gave the decision of a bare plan another id. */
export function knownDecisionIds({
	decision_id,
	plan_id,
	kind,
}: Pick<DecisionSummary, "decision_id" | "plan_id" | "kind">): string[] {
	return kind === "bare-plan"
		? [decision_id, `direct-${plan_id}`]
		: [decision_id];
}
