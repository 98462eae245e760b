import type { DeadLetterReason } from "../domain/dead-letter.ts";
import type { RecordSource } from "../domain/plan-run.ts";
import { readApprovalAnswer } from "../domain/read-approval-answer.ts";
import { OrchestratorError } from "../errors.ts";
import type { IntakeMetrics } from "./intake-metrics.ts";
import type { AnswerOutcome, ApprovalAnswerer } from "./start-ports.ts";

export type ApprovalOutcome =
	| (AnswerOutcome & { plan_id: string; answer_id: string })
	/** It is no answer. */
	| ({ kind: "refused" } & DeadLetterReason);

/**
 * Does with an answer on the approval topic what protocol.md says ("Order"). Resolves only after
 * Temporal answered. Throws retryable errors only; the same answer may then come again.
 */
export type AcceptApproval = (
	value: unknown,
	source: RecordSource,
) => Promise<ApprovalOutcome>;

export interface AcceptApprovalDeps {
	plans: ApprovalAnswerer;
	metrics: Pick<IntakeMetrics, "approvalAnswer" | "duplicates">;
}

export function createAcceptApproval({
	plans,
	metrics,
}: AcceptApprovalDeps): AcceptApproval {
	return async (value, source) => {
		const outcome = await accept(plans, value, source);
		metrics.approvalAnswer(outcome.kind);
		if (outcome.kind === "duplicate") metrics.duplicates("approval_consumer");
		return outcome;
	};
}

async function accept(
	plans: ApprovalAnswerer,
	value: unknown,
	source: RecordSource,
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
	const { plan_id, answer_id } = reading.answer;
	try {
		const outcome = await plans.answerApproval(reading.answer, source);
		return { ...outcome, plan_id, answer_id };
	} catch (error) {
		if (!(error instanceof OrchestratorError) || error.retryable) throw error;
		const { code, message } = error;
		const hint = "approve or reject the plan by REST";
		return { kind: "refused", code, message, hint };
	}
}
