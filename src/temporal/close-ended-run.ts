import { WorkflowFailedError, WorkflowNotFoundError } from "@temporalio/client";
import {
	CLOSE_WORKFLOW_TYPE,
	type EndedRun,
	type LastWords,
	type PlanClosing,
} from "../domain/ended-run.ts";
import { planQueries } from "../domain/plan-run.ts";
import { hasCode, OrchestratorError } from "../errors.ts";
import { examineRun } from "./examine-run.ts";
import { queryRun } from "./query-run.ts";
import { describeRun } from "./start-plan.ts";
import type { TemporalCalls } from "./temporal-calls.ts";
import { startOnce } from "./temporal-calls.ts";
import { closeWorkflowId, planWorkflowId } from "./workflow-ids.ts";

/** A read of a plan waits no longer than this for the plan's closing. */
const READ_LIMIT_MS = 1_000;

/** Starts the closing of this run's plan, once for all callers; returns whether this call started it. */
export async function startClosing(
	calls: TemporalCalls,
	taskQueue: string,
	run: EndedRun,
): Promise<boolean> {
	return await startOnce(calls, CLOSE_WORKFLOW_TYPE, {
		taskQueue,
		workflowId: closeWorkflowId(run.plan_id, run.run_id),
		workflowIdReusePolicy: "REJECT_DUPLICATE",
		workflowIdConflictPolicy: "FAIL",
		args: [run],
	});
}

/**
 * Closes the plan and resolves with the outcome; null: there was nothing to close. Throws
 * TEMPORAL_UNAVAILABLE when it takes too long: the closing goes on by itself.
 */
export async function closeEndedRun(
	calls: TemporalCalls,
	taskQueue: string,
	run: EndedRun,
	limitMs?: number,
): Promise<PlanClosing | null> {
	await startClosing(calls, taskQueue, run);
	const workflowId = closeWorkflowId(run.plan_id, run.run_id);
	try {
		return await calls(
			`close of plan ${run.plan_id}, whose run was ended from outside and which waits for its documents and its incident to be taken`,
			(client) =>
				client.workflow.result<() => Promise<PlanClosing | null>>(workflowId),
			limitMs,
		);
	} catch (error) {
		// The closing workflow was ended from outside too: the documents that it wrote count.
		if (error instanceof WorkflowFailedError) return null;
		if (error instanceof WorkflowNotFoundError) return null;
		throw error;
	}
}

/**
 * Closes the plan if its run was ended from outside; true when its documents show that. Never throws because
 * of an outage: the read goes on without it.
 */
export async function settleEndedPlan(
	calls: TemporalCalls,
	taskQueue: string,
	planId: string,
): Promise<boolean> {
	const quick: TemporalCalls = (what, call) => calls(what, call, READ_LIMIT_MS);
	try {
		const fault = await examineRun(quick, planId);
		if (fault?.kind !== "ended") return false;
		return (await closeEndedRun(quick, taskQueue, fault.run)) !== null;
	} catch (error) {
		if (hasCode(error, "TEMPORAL_UNAVAILABLE")) return false;
		throw error;
	}
}

/** The state that the run reports; undefined when the plan has another run by now, or none. */
export async function readLastWords(
	calls: TemporalCalls,
	{ plan_id, run_id }: EndedRun,
): Promise<LastWords | undefined> {
	const workflowId = planWorkflowId(plan_id);
	const newest = await describeRun(calls, workflowId);
	if (newest?.runId !== run_id) return undefined;
	try {
		return await queryRun<LastWords>(
			calls,
			{ workflowId, runId: run_id },
			planQueries.lastWords,
		);
	} catch (error) {
		if (error instanceof OrchestratorError) throw error;
		// The run cannot be replayed, or its answer is too large: there are no last words.
		throw new OrchestratorError(
			"TEMPORAL_UNAVAILABLE",
			`run ${run_id} of plan ${plan_id} cannot be asked`,
			{ cause: error },
		);
	}
}
