import type { RecordSource } from "./plan-run.ts";

/** A person's answer about a plan, on the approval topic. */
export interface ApprovalAnswer {
	/** Derived from the content: a repeated answer has the same id. */
	answer_id: string;
	plan_id: string;
	decision: "approved" | "rejected";
	approved_by: string;
	approved_at: number | null;
	reason: string | null;
	/** The hash of the plan that the person looked at; null when the answer has none. */
	plan_hash: string | null;
}

/** The request of a plan that waits for a person. */
export interface ApprovalWait {
	requested_at: number;
	/** At this time the plan becomes EXPIRED. */
	expires_at: number;
	/** First request on Kafka; null while Kafka has not taken it. */
	published_at: number | null;
	reminders_sent: number;
	last_reminder_at: number | null;
	/** The times of the newest reminders; absent before the first one, and in documents of earlier releases. */
	reminded_at?: number[];
	/** Why Kafka refused the request permanently; commands still work. */
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
