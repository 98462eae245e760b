import type { ApprovalAnswer, UnmatchedReason } from "../domain/approvals.ts";
import type { PlanDocument } from "../domain/documents.ts";
import {
	isFinalStatus,
	type PlanCommand,
	type RecordSource,
} from "../domain/plan-run.ts";
import { OrchestratorError } from "../errors.ts";
import type { AnswerOutcome } from "../plans/start-ports.ts";
import { commandPlan } from "./command-plan.ts";
import { queryPlan } from "./read-open-plans.ts";
import type { TemporalCalls } from "./temporal-calls.ts";

/**
 * Failures by which the plan refuses the answer; all others are outages or bugs of this service. An answer's
 * key can be guessed: somebody who uses it for another command only blocks this answer.
 */
const refusals: readonly string[] = [
	...["PLAN_NOT_FOUND", "COMMAND_REFUSED", "IDEMPOTENCY_KEY_REUSED"],
];

/**
 * Delivers a person's answer to the plan that waits for it, or returns why no plan does. Safe to repeat: the
 * answer's id is the command's idempotency key, so the plan recognises an answer that it has.
 */
export async function answerApproval(
	calls: TemporalCalls,
	taskQueue: string,
	answer: ApprovalAnswer,
	source: RecordSource | null,
): Promise<AnswerOutcome> {
	const name = answer.decision === "approved" ? "approve" : "reject";
	try {
		await commandPlan(
			calls,
			taskQueue,
			answer.plan_id,
			name,
			commandOf(answer, source),
		);
		return { kind: "taken" };
	} catch (error) {
		if (!(error instanceof OrchestratorError)) throw error;
		if (!refusals.includes(error.code)) throw error;
		const plan =
			error.code === "PLAN_NOT_FOUND"
				? undefined
				: await queryPlan(calls, answer.plan_id);
		if (plan !== undefined && hasTaken(plan, answer)) return { kind: "taken" };
		const why = whyUnmatched(plan, answer);
		const detail = error.message;
		return { kind: "unmatched", answer: { ...answer, why, detail, source } };
	}
}

function commandOf(
	answer: ApprovalAnswer,
	source: RecordSource | null,
): PlanCommand {
	const { answer_id, approved_by, decision } = answer;
	const { reason, plan_hash, approved_at } = answer;
	return {
		actor: approved_by,
		reason: reason ?? `${decision} on the approval topic`,
		idempotency_key: answer_id,
		...(source === null
			? {}
			: { via: { kind: "kafka", ...source } as const, authenticated: false }),
		...(plan_hash === null ? {} : { plan_hash }),
		...(approved_at === null ? {} : { answered_at: approved_at }),
	};
}

/** The key that earlier builds used for answers; it was longer than clients' columns. */
function hasTaken(
	{ commands }: PlanDocument,
	{ answer_id }: ApprovalAnswer,
): boolean {
	const former = `approval-answer-${answer_id}`;
	return commands.some(({ idempotency_key }) => idempotency_key === former);
}

function whyUnmatched(
	plan: PlanDocument | undefined,
	{ plan_hash, approved_at, decision }: ApprovalAnswer,
): UnmatchedReason {
	if (plan === undefined) return "PLAN_UNKNOWN";
	const { status } = plan;
	if (isFinalStatus(status)) return "PLAN_ENDED";
	if (status !== "AWAITING_APPROVAL") return "NOT_WAITING";
	const askedAtMs = plan.approval?.requested_at ?? 0;
	const isOld = approved_at !== null && approved_at < askedAtMs;
	// Whether the only fault of the answer is that it names no plan hash, and it is not about an earlier plan.
	if (plan_hash === null && decision === "approved" && !isOld)
		return "NO_PLAN_HASH";
	return plan_hash === plan.plan_hash ? "NOT_WAITING" : "ANOTHER_PLAN";
}
