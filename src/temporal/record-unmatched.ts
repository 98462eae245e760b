import type { UnmatchedAnswer } from "../domain/approvals.ts";
import { textHash } from "../domain/canonical-json.ts";
import { cutForPayload } from "../domain/payload-limits.ts";
import { searchAttributes } from "../domain/search-attributes.ts";
import type { TemporalCalls } from "./temporal-calls.ts";
import { startOnce } from "./temporal-calls.ts";
import { answersWorkflowId, answerWorkflowId } from "./workflow-ids.ts";

/** The workflow type of `workflows/record-documents.ts`. */
const ONE_WORKFLOW_TYPE = "recordApprovalAnswer";
const MANY_WORKFLOW_TYPE = "recordApprovalAnswers";

/** Answers that one workflow writes quickly. */
const MAX_ANSWERS = 250;

/**
 * Records answers that no plan waited for, by workflows, so that the answers survive an outage. One workflow
 * records a group of answers. Resolves with the ids of all answers in groups that are new; recording an
 * answer again in another group has no further effect.
 */
export async function recordUnmatched(
	calls: TemporalCalls,
	taskQueue: string,
	answers: readonly UnmatchedAnswer[],
): Promise<Set<string>> {
	const newIds = new Set<string>();
	for (let from = 0; from < answers.length; from += MAX_ANSWERS)
		for (const part of cutForPayload(answers.slice(from, from + MAX_ANSWERS)))
			if (await isRecorded(calls, taskQueue, part))
				for (const { answer_id } of part) newIds.add(answer_id);
	return newIds;
}

/** False when the same answers were recorded before. */
async function isRecorded(
	calls: TemporalCalls,
	taskQueue: string,
	answers: UnmatchedAnswer[],
): Promise<boolean> {
	const [answer] = answers;
	const options = {
		taskQueue,
		workflowIdReusePolicy: "REJECT_DUPLICATE",
		workflowIdConflictPolicy: "FAIL",
	} as const;
	if (answer !== undefined && answers.length === 1)
		return await startOnce(calls, ONE_WORKFLOW_TYPE, {
			...options,
			workflowId: answerWorkflowId(answer.answer_id),
			args: [answer],
			typedSearchAttributes: [
				{ key: searchAttributes.planId, value: answer.plan_id },
			],
		});
	const ids = answers.map(({ answer_id }) => answer_id).join(" ");
	return await startOnce(calls, MANY_WORKFLOW_TYPE, {
		...options,
		workflowId: answersWorkflowId(textHash(ids).slice(0, 32)),
		args: [answers],
	});
}
