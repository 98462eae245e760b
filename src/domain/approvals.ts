import type { RecordSource } from "./plan-run.ts";

/** What a person answered about a plan, on the approval topic. */
export interface ApprovalAnswer {
	/** From its content: the same answer that comes again has the same id. */
	answer_id: string;
	plan_id: string;
	decision: "approved" | "rejected";
	approved_by: string;
	approved_at: number | null;
	reason: string | null;
	/** Of the plan that was looked at; null when the answer does not say. */
	plan_hash: string | null;
}

/** A plan that waits for a person: what was asked, and until when. */
export interface ApprovalWait {
	requested_at: number;
	/** Then the plan is EXPIRED. */
	expires_at: number;
	/** First request on Kafka; null while Kafka has not taken it. */
	published_at: number | null;
	reminders_sent: number;
	last_reminder_at: number | null;
	/** When the newest of them were sent; absent before the first, and in documents of earlier releases. */
	reminded_at?: number[];
	/** Why Kafka will never take the request; commands work all the same. */
	request_error: string | null;
}

export type UnmatchedReason =
	/** No run has this plan id. */
	| "PLAN_UNKNOWN"
	/** The plan's run has ended. */
	| "PLAN_ENDED"
	/** The answer names another plan than the one that waits, or is older than its wait. */
	| "ANOTHER_PLAN"
	/** The answer names no plan, and approvals must (APPROVAL_REQUIRE_PLAN_HASH). */
	| "NO_PLAN_HASH"
	/** The plan runs and waits for no answer, or has one. */
	| "NOT_WAITING";

/** An answer that had no effect. */
export interface UnmatchedAnswer extends ApprovalAnswer {
	why: UnmatchedReason;
	/** A sentence: why it had no effect. */
	detail: string;
	source: RecordSource | null;
}

/** Collection `approval_answers`: kept so that a person sees them. */
export interface ApprovalAnswerDocument extends UnmatchedAnswer {
	recorded_at: number;
	revision: string;
}
