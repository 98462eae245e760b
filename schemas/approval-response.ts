import Type, { type Static } from "typebox";
import { nullable, record, symbols, timestampMs } from "./avro-types.ts";

export const approvalAnswers = ["approved", "rejected"] as const;

/** The full contract of `cognitive-plans-approval-responses`. Intake reads more leniently. */
export const approvalResponseSchema = record({
	plan_id: Type.String(),
	intent_id: Type.String(),
	decision: symbols(approvalAnswers),
	approved_by: Type.String(),
	approved_at: timestampMs,
	rejection_reason: nullable(Type.String()),
	/** The plan that was looked at, as JSON text. */
	cognitive_plan_json: nullable(Type.String()),
	/** `plan_hash` of the request, instead of the plan. */
	plan_hash: nullable(Type.String()),
});

export type ApprovalResponse = Static<typeof approvalResponseSchema>;
