import type { UnmatchedAnswer } from "../domain/approvals.ts";
import type { DeadLetterReason } from "../domain/dead-letter.ts";
import type { RecordSource } from "../domain/plan-run.ts";
import { readApprovalAnswer } from "../domain/read-approval-answer.ts";
import { OrchestratorError } from "../errors.ts";
import type { IntakeMetrics } from "./intake-metrics.ts";
import type { AnswerOutcome, ApprovalAnswerer } from "./start-ports.ts";

export type ApprovalOutcome =
	| AnswerOutcome
	/** The record is no answer. */
	| ({ kind: "refused" } & DeadLetterReason);

/** Plans of one batch that are known to be unknown, with the reason: their other answers need no look-up. */
export type UnknownPlans = Map<string, UnmatchedAnswer>;

/** Handles answers on the approval topic by the rules of protocol.md ("Approval"). */
export interface AcceptApprovals {
	/**
	 * Gives one answer to its plan. Resolves only after Temporal answered; the caller records an unmatched
	 * answer. Throws retryable errors only; the same answer may then come again.
	 */
	accept(
		value: unknown,
		source: RecordSource,
		unknown: UnknownPlans,
	): Promise<ApprovalOutcome>;
	/**
	 * Resolves when Temporal has all the answers; a few workflows record many. Safe to repeat: each answer is
	 * kept once.
	 */
	record(unmatched: readonly UnmatchedAnswer[]): Promise<void>;
}

export interface AcceptApprovalDeps {
	plans: ApprovalAnswerer;
	metrics: Pick<IntakeMetrics, "approvalAnswer" | "duplicates">;
}

export function createAcceptApprovals({
	plans,
	metrics,
}: AcceptApprovalDeps): AcceptApprovals {
	return {
		async accept(value, source, unknown) {
			const outcome = await accept(plans, value, source, unknown);
			// Recording an unmatched answer shows whether it is new: it is counted then.
			if (outcome.kind !== "unmatched") metrics.approvalAnswer(outcome.kind);
			return outcome;
		},
		async record(unmatched) {
			const byId = new Map(unmatched.map((one) => [one.answer_id, one]));
			const newIds = await plans.recordUnmatched([...byId.values()]);
			for (const { answer_id } of unmatched) {
				const isNew = newIds.delete(answer_id);
				metrics.approvalAnswer(isNew ? "unmatched" : "duplicate");
				if (!isNew) metrics.duplicates("approval_consumer");
			}
		},
	};
}

async function accept(
	plans: ApprovalAnswerer,
	value: unknown,
	source: RecordSource,
	unknown: UnknownPlans,
): Promise<ApprovalOutcome> {
	const reading = readApprovalAnswer(value);
	if (!reading.ok) {
		const { problems } = reading;
		return {
			kind: "refused",
			code: "MESSAGE_INVALID",
			message: `the message is no answer to an approval request (${problems.length} problems): ${problems[0]?.message}`,
			hint: "correct every field that `problems` names and publish the answer again, or approve by REST",
			problems,
		};
	}
	const { answer } = reading;
	const other = unknown.get(answer.plan_id);
	if (other !== undefined) {
		const { why, detail } = other;
		return { kind: "unmatched", answer: { ...answer, why, detail, source } };
	}
	try {
		const outcome = await plans.answerApproval(answer, source);
		if (outcome.kind === "unmatched" && outcome.answer.why === "PLAN_UNKNOWN")
			unknown.set(answer.plan_id, outcome.answer);
		return outcome;
	} catch (error) {
		if (!(error instanceof OrchestratorError) || error.retryable) throw error;
		const { code, message } = error;
		const hint = "approve or reject the plan by REST";
		return { kind: "refused", code, message, hint };
	}
}
