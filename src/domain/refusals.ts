import type { IntakeOutcome } from "./intake-outcome.ts";

export type RefusalCode = Extract<IntakeOutcome, { kind: "refused" }>["code"];

/** Why a decision is refused, and the remedy. */
export interface Refusal {
	kind: "refused";
	code: RefusalCode;
	reason: string;
	hint: string;
}

/** The plan's run is open under another decision; `then` is the remedy after its end. */
export function alreadyOpen(planId: string, then: string): Refusal {
	return {
		kind: "refused",
		code: "PLAN_ALREADY_OPEN",
		reason: `plan ${planId} is open under another decision or with another content`,
		hint: `wait until the plan has ended or cancel it, then ${then}`,
	};
}

/** The plan was executed: its tickets were published. */
export function alreadyRan(planId: string): Refusal {
	return {
		kind: "refused",
		code: "PLAN_ALREADY_RAN",
		reason: `plan ${planId} was executed under another decision or with another content`,
		hint: "rerun: ask for a rerun of the plan, or publish the plan under a new plan_id",
	};
}
