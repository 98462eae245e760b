import { workflowInfo } from "@temporalio/workflow";
import type {
	ApprovalAnswerDocument,
	UnmatchedAnswer,
} from "../src/domain/approvals.ts";
import {
	decisionDocument,
	rejectedPlanDocument,
} from "../src/domain/decision-documents.ts";
import type { CollectionName, DocumentWrite } from "../src/domain/documents.ts";
import type { RecordDecisionInput } from "../src/domain/plan-run.ts";
import { revisionText } from "../src/domain/revision.ts";
import { runDurably } from "./activity-proxies.ts";
import { newTurns } from "./local-turns.ts";

/** Records a decision that rejects its plan (protocol.md): its documents outlive an outage of MongoDB. */
export async function recordDecision({
	decision,
	plan_hash: planHash,
	source,
}: RecordDecisionInput): Promise<void> {
	const nowMs = Date.now();
	const { workflowId, firstExecutionRunId } = workflowInfo();
	const taken = { decision, workflowId, planHash, source, nowMs };
	const plan = rejectedPlanDocument(taken, firstExecutionRunId);
	await runDurably(newTurns(), "writeDocuments", [
		newDocument(
			"decisions",
			decision.decision_id,
			decisionDocument(taken),
			nowMs,
		),
		newDocument("workflows", workflowId, plan, nowMs),
	]);
}

/** Records an answer to a request for approval that no plan waited for, so that a person finds it. */
export async function recordApprovalAnswer(
	answer: UnmatchedAnswer,
): Promise<void> {
	await recordApprovalAnswers([answer]);
}

/** Records several such answers in one write. */
export async function recordApprovalAnswers(
	answers: UnmatchedAnswer[],
): Promise<void> {
	const recorded_at = Date.now();
	const writes = answers.map((answer) => {
		const fields: Omit<ApprovalAnswerDocument, "revision"> = {
			...answer,
			recorded_at,
		};
		const { answer_id } = answer;
		return newDocument("approval_answers", answer_id, fields, recorded_at);
	});
	await runDurably(newTurns(), "writeDocuments", writes);
}

function newDocument(
	collection: CollectionName,
	_id: string,
	fields: object,
	nowMs: number,
): DocumentWrite {
	const revision = revisionText(nowMs, 1);
	return { collection, _id, revision, isNew: true, fields: { ...fields } };
}
