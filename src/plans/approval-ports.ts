import type { ApprovalAnswerDocument } from "../domain/approvals.ts";

/** A page of answers begins after this answer. */
export type AnswerCursor = Pick<
	ApprovalAnswerDocument,
	"recorded_at" | "answer_id"
>;

/** Persons' answers on the approval topic. Every call throws STORE_UNAVAILABLE when it cannot be asked. */
export interface StoredAnswers {
	/** Answers that no plan waited for, newest first. */
	listUnmatched(query: {
		after?: AnswerCursor | undefined;
		limit: number;
	}): Promise<ApprovalAnswerDocument[]>;
}
