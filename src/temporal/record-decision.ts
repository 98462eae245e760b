import {
	type WorkflowExecutionDescription,
	WorkflowNotFoundError,
} from "@temporalio/client";
import {
	planSignals,
	RECORD_WORKFLOW_TYPE,
	type RecordDecisionInput,
} from "../domain/plan-run.ts";
import { searchAttributes } from "../domain/search-attributes.ts";
import type { RecordOutcome } from "../plans/start-ports.ts";
import { decisionSearchAttributes } from "./plan-search-attributes.ts";
import { describeRun, isOpen } from "./start-plan.ts";
import type { TemporalCalls } from "./temporal-calls.ts";
import { startOnce } from "./temporal-calls.ts";
import { decisionWorkflowId, planWorkflowId } from "./workflow-ids.ts";

/** Statuses in which a plan may still wait for approval, now or soon. */
const unapproved = ["VALIDATING", "AWAITING_APPROVAL"];

/**
 * Records a decision that starts nothing, with a workflow of its own, and delivers a reject to a plan's run
 * that waits for approval. Safe to repeat: a crash between the two steps loses neither.
 */
export async function recordDecision(
	calls: TemporalCalls,
	taskQueue: string,
	input: RecordDecisionInput,
): Promise<RecordOutcome> {
	const workflow_id = decisionWorkflowId(input.decision.decision_id);
	const isNew = await isRecorded(calls, taskQueue, workflow_id, input);
	if (input.decision.final_decision === "reject") {
		await tellPlan(calls, workflow_id, input);
	}
	return { kind: isNew ? "recorded" : "duplicate", workflow_id };
}

async function isRecorded(
	calls: TemporalCalls,
	taskQueue: string,
	workflowId: string,
	input: RecordDecisionInput,
): Promise<boolean> {
	const { decision, plan_hash } = input;
	return await startOnce(calls, RECORD_WORKFLOW_TYPE, {
		taskQueue,
		workflowId,
		workflowIdReusePolicy: "REJECT_DUPLICATE",
		workflowIdConflictPolicy: "FAIL",
		args: [input],
		memo: { decision_id: decision.decision_id, plan_hash },
		typedSearchAttributes: decisionSearchAttributes(input),
	});
}

async function tellPlan(
	calls: TemporalCalls,
	recordId: string,
	{ decision }: RecordDecisionInput,
): Promise<void> {
	const workflowId = planWorkflowId(decision.plan_id);
	const run = await describeRun(calls, workflowId);
	if (run === undefined || !isOpen(run)) return;
	const status = run.typedSearchAttributes.get(searchAttributes.planStatus);
	if (!unapproved.includes(status ?? "")) return;
	if (run.memo?.decision_id === decision.decision_id) return;
	if (!(await isOlder(calls, run, recordId))) return;
	try {
		await calls(`reject of ${workflowId}`, (client) =>
			client.workflow
				.getHandle(workflowId, run.runId)
				.signal(planSignals.decisionRejected, decision),
		);
	} catch (error) {
		// The run has ended in the meantime: there is nothing to reject.
		if (!(error instanceof WorkflowNotFoundError)) throw error;
	}
}

/** A reject that is delivered again must not reject a run that was started after the reject was recorded. */
async function isOlder(
	calls: TemporalCalls,
	run: WorkflowExecutionDescription,
	recordId: string,
): Promise<boolean> {
	const record = await describeRun(calls, recordId);
	return record === undefined || run.startTime <= record.startTime;
}
