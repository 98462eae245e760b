import {
	WorkflowExecutionAlreadyStartedError,
	type WorkflowStartOptions,
} from "@temporalio/client";
import type { TemporalCalls } from "./temporal-calls.ts";

/** Starts a workflow; false when there is one of its id and the options' policies forbid another. */
export async function startOnce(
	calls: TemporalCalls,
	workflowType: string,
	options: WorkflowStartOptions,
): Promise<boolean> {
	try {
		await calls(`start of ${options.workflowId}`, (client) =>
			client.workflow.start(workflowType, options),
		);
		return true;
	} catch (error) {
		if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
		throw error;
	}
}
