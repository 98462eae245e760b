import {
	QueryNotRegisteredError,
	QueryRejectedError,
	type WorkflowExecutionDescription,
	WorkflowNotFoundError,
} from "@temporalio/client";
import { OrchestratorError } from "../errors.ts";
import type { WorkflowFacts } from "../plans/workflow-ports.ts";
import { queryRun } from "./query-run.ts";
import type { TemporalCalls } from "./temporal-calls.ts";
import { parseWorkflowId } from "./workflow-ids.ts";

/** The workflow's description in Temporal; undefined when it is not a workflow of this service. */
export async function describeWorkflow(
	calls: TemporalCalls,
	workflowId: string,
): Promise<WorkflowFacts | undefined> {
	const found = await ifThere(workflowId, () =>
		calls(`description of ${workflowId}`, async (client) => {
			const handle = client.workflow.getHandle(workflowId);
			const description = await handle.describe();
			const isDone = description.status.name === "COMPLETED";
			// The run is closed, so its result is there at once.
			const result = isDone ? await handle.result() : undefined;
			return { description, result: result as unknown };
		}),
	);
	return found && factsOf(found.description, found.result);
}

/**
 * A query's answer; undefined when it is not a workflow of this service. Throws REQUEST_INVALID when the
 * workflow refuses the query.
 */
export async function queryWorkflow(
	calls: TemporalCalls,
	workflowId: string,
	name: string,
	args: readonly unknown[],
): Promise<{ result: unknown } | undefined> {
	try {
		return await ifThere(workflowId, async () => ({
			result: await queryRun(calls, { workflowId }, name, ...args),
		}));
	} catch (error) {
		if (
			error instanceof QueryNotRegisteredError ||
			error instanceof QueryRejectedError
		) {
			const text = `workflow ${workflowId} does not answer ${name}: ${error.message}`;
			throw new OrchestratorError("REQUEST_INVALID", text, { cause: error });
		}
		throw error;
	}
}

async function ifThere<T>(
	workflowId: string,
	ask: () => Promise<T>,
): Promise<T | undefined> {
	// Other services may share the namespace.
	if (parseWorkflowId(workflowId) === undefined) return undefined;
	try {
		return await ask();
	} catch (error) {
		if (error instanceof WorkflowNotFoundError) return undefined;
		throw error;
	}
}

function factsOf(
	description: WorkflowExecutionDescription,
	result: unknown,
): WorkflowFacts {
	const { status, startTime, closeTime, executionTime } = description;
	return {
		workflow_id: description.workflowId,
		status: status.name,
		start_time: startTime.toISOString(),
		close_time: closeTime?.toISOString() ?? null,
		execution_time: executionTime?.toISOString() ?? null,
		workflow_type: description.type,
		task_queue: description.taskQueue,
		result_summary: summaryOf(result),
	};
}

function summaryOf(result: unknown): WorkflowFacts["result_summary"] {
	if (typeof result !== "object" || result === null) return null;
	const { status, tickets_generated } = result as Record<string, unknown>;
	if (typeof status !== "string") return null;
	return {
		status,
		tickets_generated:
			typeof tickets_generated === "number" ? tickets_generated : null,
	};
}
