import type {
	ApprovalAnswerDocument,
	UnmatchedAnswer,
} from "../src/domain/approvals.ts";
import type { DocumentWrite } from "../src/domain/documents.ts";
import { revisionText } from "../src/domain/revision.ts";
import {
	durable,
	quickThenDurable,
	writeDocumentsSoon,
} from "./activity-proxies.ts";

/** An answer that no plan waited for is kept where a person finds it; that is all this does. */
export async function recordApprovalAnswer(
	answer: UnmatchedAnswer,
): Promise<void> {
	await recordApprovalAnswers([answer]);
}

/** The same for several at once: they cost one write together. */
export async function recordApprovalAnswers(
	answers: UnmatchedAnswer[],
): Promise<void> {
	const recordedAt = Date.now();
	const writes = answers.map((answer) => toWrite(answer, recordedAt));
	await quickThenDurable(
		() => writeDocumentsSoon(writes),
		() => durable.writeDocuments(writes),
	);
}

function toWrite(answer: UnmatchedAnswer, recorded_at: number): DocumentWrite {
	const fields: Omit<ApprovalAnswerDocument, "revision"> = {
		...answer,
		recorded_at,
	};
	return {
		collection: "approval_answers",
		_id: answer.answer_id,
		revision: revisionText(recorded_at, 1),
		fields: { ...fields },
		isNew: true,
	};
}
