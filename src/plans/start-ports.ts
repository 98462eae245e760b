import type { ApprovalAnswer, UnmatchedAnswer } from "../domain/approvals.ts";
import type {
	PlanRunInput,
	RecordDecisionInput,
	RecordSource,
	TicketResult,
} from "../domain/plan-run.ts";
import type { Refusal } from "../domain/refusals.ts";

/**
 * `taken`: the plan has the answer, by this delivery or an earlier one. `unmatched`: no plan waits for it,
 * and the caller records it.
 */
export type AnswerOutcome =
	| { kind: "taken" }
	| { kind: "unmatched"; answer: UnmatchedAnswer };

/**
 * Delivers persons' answers to the plans that wait for them. Resolves only after Temporal answered; throws
 * TEMPORAL_UNAVAILABLE when it did not (then it may be called again) or MESSAGE_INVALID.
 */
export interface ApprovalAnswerer {
	answerApproval(
		answer: ApprovalAnswer,
		source: RecordSource | null,
	): Promise<AnswerOutcome>;
	/** Returns the ids of the answers that were not recorded before, as far as that is known. */
	recordUnmatched(answers: readonly UnmatchedAnswer[]): Promise<Set<string>>;
}

export type StartOutcome =
	| { kind: "started" | "duplicate"; workflow_id: string }
	| Refusal;

export type RecordOutcome =
	| { kind: "recorded" | "duplicate"; workflow_id: string }
	| Refusal;

/**
 * Starts the workflows. Resolves only after Temporal answered; throws TEMPORAL_UNAVAILABLE when it
 * did not, and then the same call may be made again: it starts nothing twice.
 */
export interface PlanStarter {
	/** `hasEnded`: the plan's documents show its end, so a run that is still open is about to close. */
	startPlan(
		input: PlanRunInput,
		about?: { hasEnded?: boolean },
	): Promise<StartOutcome>;
	/** Records a decision that starts nothing, and tells a plan that waits for approval that it was rejected. */
	recordDecision(input: RecordDecisionInput): Promise<RecordOutcome>;
}

/**
 * `delivered`: Temporal has the results. `closed`: the plan's run has ended. `unknown`: there is no
 * run of this plan.
 */
export type SignalOutcome = "delivered" | "closed" | "unknown";

/**
 * Sends results to a plan's run. Throws TEMPORAL_UNAVAILABLE (then it may be called again: the run recognises
 * duplicates) or MESSAGE_INVALID when Temporal will never take them.
 */
export interface ResultSignaller {
	signalResults(
		planId: string,
		results: readonly TicketResult[],
	): Promise<SignalOutcome>;
}
