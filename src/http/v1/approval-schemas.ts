import Type from "typebox";
import { approvalAnswers } from "../../../schemas/approval-response.ts";
import type {
	ApprovalAnswerDocument,
	ApprovalWait,
} from "../../domain/approvals.ts";
import type { PlanDocument } from "../../domain/documents.ts";
import { atMs, nullable, nullableText } from "../field-schemas.ts";
import { recordSourceSchema } from "./plan-schemas.ts";

/** A plan that waits for a person, as the list shows it. */
export type PendingApproval = Pick<
	PlanDocument,
	| "plan_id"
	| "workflow_id"
	| "decision_id"
	| "intent_id"
	| "final_decision"
	| "risk_band"
	| "domain"
	| "tenant"
	| "plan_hash"
> &
	ApprovalWait;

export const pendingApprovalSchema = Type.Unsafe<PendingApproval>(
	Type.Object({
		plan_id: Type.String(),
		workflow_id: Type.String(),
		decision_id: Type.String(),
		intent_id: Type.String(),
		final_decision: Type.String(),
		risk_band: nullableText,
		domain: nullableText,
		tenant: Type.Optional(Type.String()),
		plan_hash: nullable(
			Type.String({ description: "Send it with approve: no other plan runs" }),
		),
		requested_at: atMs,
		expires_at: Type.Integer({
			description: "Unix epoch, ms; then the plan is EXPIRED",
		}),
		published_at: nullable(
			Type.Integer({
				description:
					"When the request was on Kafka; null while Kafka has not taken it",
			}),
		),
		reminders_sent: Type.Integer(),
		last_reminder_at: nullable(atMs),
		request_error: nullable(
			Type.String({ description: "Why Kafka will never take the request" }),
		),
	}),
);

export const unmatchedAnswerSchema = Type.Unsafe<ApprovalAnswerDocument>(
	Type.Object({
		answer_id: Type.String(),
		plan_id: Type.String(),
		decision: Type.Enum([...approvalAnswers]),
		approved_by: Type.String(),
		approved_at: nullable(atMs),
		reason: nullableText,
		plan_hash: nullableText,
		why: Type.Enum([
			"PLAN_UNKNOWN",
			"PLAN_ENDED",
			"ANOTHER_PLAN",
			"NO_PLAN_HASH",
			"NOT_WAITING",
		]),
		detail: Type.String({ description: "Why it had no effect" }),
		source: nullable(recordSourceSchema),
		recorded_at: atMs,
		revision: Type.String(),
	}),
);
