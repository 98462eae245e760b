import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Client, WorkflowHandle } from "@temporalio/client";

type HistoryEvent = NonNullable<
	Awaited<ReturnType<WorkflowHandle["fetchHistory"]>>["events"]
>[number];

/**
 * Makes the history of a workflow task that was lost, by a reset: drops the task and what followed, and
 * what came from outside meanwhile comes again, at once, but for the excluded types. Answers the new run.
 */
export async function loseTask(
	client: Client,
	{ workflowId }: Pick<WorkflowHandle, "workflowId">,
	task: HistoryEvent | undefined,
	resetReapplyExcludeTypes: number[] = [],
): Promise<WorkflowHandle> {
	assert.ok(task?.eventId, "there is such a task");
	const { runId } = await client.workflowService.resetWorkflowExecution({
		namespace: "default",
		workflowExecution: { workflowId },
		reason: "a lost task",
		requestId: randomUUID(),
		workflowTaskFinishEventId: task.eventId,
		resetReapplyExcludeTypes,
	});
	return client.workflow.getHandle(workflowId, runId);
}
