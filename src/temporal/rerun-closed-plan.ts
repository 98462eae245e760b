import {
	type WorkflowExecutionDescription,
	WorkflowNotFoundError,
} from "@temporalio/client";
import type { CarriedRun } from "../../workflows/carry-run.ts";
import type { RerunState } from "../../workflows/rerun-task.ts";
import type { PlanClosing } from "../domain/ended-run.ts";
import {
	PLAN_WORKFLOW_TYPE,
	type PlanCommand,
	planQueries,
} from "../domain/plan-run.ts";
import { OrchestratorError } from "../errors.ts";
import { closeEndedRun } from "./close-ended-run.ts";
import { endedRun } from "./examine-run.ts";
import { hasLeftState, readLeftState } from "./left-state.ts";
import { planSearchAttributes } from "./plan-search-attributes.ts";
import { queryRun, queryWhileAnswered } from "./query-run.ts";
import { describeRun } from "./start-plan.ts";
import type { TemporalCalls } from "./temporal-calls.ts";
import { startOnce } from "./temporal-calls.ts";
import { planWorkflowId } from "./workflow-ids.ts";

export interface RerunRequest {
	planId: string;
	/** The plan's newest run. */
	run: WorkflowExecutionDescription;
	command: PlanCommand;
}

/**
 * Starts a new run that continues from the state that the closed run reports: Temporal has the true state,
 * MongoDB may lag. The new run's list of commands begins with this command, so that a retry under the same
 * key gets its answer. Starts nothing when another run has begun in the meantime.
 */
export async function rerunClosedPlan(
	calls: TemporalCalls,
	taskQueue: string,
	closed: RerunRequest,
): Promise<void> {
	const state = await readState(calls, closed);
	if (state === undefined) return;
	if (!state.ok) {
		const { problem, allowed } = state;
		throw new OrchestratorError("COMMAND_REFUSED", problem, { allowed });
	}
	// If the run was ended from outside, its plan is closed first; otherwise two audit trails would continue
	// from the same record.
	const fault = await endedRun(calls, closed.planId, closed.run);
	const closing = fault && (await closeEndedRun(calls, taskQueue, fault.run));
	await start(calls, taskQueue, closed, {
		...state,
		carried: closing ? goOnFrom(closing, state.carried) : state.carried,
	});
}

/** The state that the run would have passed on at a normal end. */
function goOnFrom(closing: PlanClosing, carried: CarriedRun): CarriedRun {
	const { facts } = carried;
	const { audit_head, revised_at, status, finished_at } = closing;
	const isKept = ({ collection, fields }: CarriedRun["outbox"][number]) =>
		collection !== "audit_trail" ||
		fields.trail !== audit_head.trail ||
		Number(fields.sequence) > audit_head.sequence;
	return {
		...carried,
		// The closing has already stored these records.
		outbox: carried.outbox.filter(isKept),
		facts: {
			...facts,
			auditHead: audit_head,
			revisedAtMs: Math.max(facts.revisedAtMs, revised_at),
			status,
			finishedAt: finished_at,
			errorMessage:
				facts.errorMessage ?? (status === "FAILED" ? closing.reason : null),
		},
	};
}

async function readState(
	calls: TemporalCalls,
	{ run, command }: RerunRequest,
): Promise<RerunState | undefined> {
	const { workflowId, runId } = run;
	const request = {
		task_id: command.task_id ?? "",
		landed: run.status.name === "COMPLETED",
	};
	const query = planQueries.rerunState;
	try {
		if (!hasLeftState(run))
			return await queryRun(calls, { workflowId, runId }, query, request);
		// While its build has workers they say at once whether the task may run again; else the new run does.
		const told = await queryWhileAnswered<RerunState>(
			calls,
			{ workflowId, runId },
			query,
			request,
		);
		return told?.answer ?? (await readLeftState(calls, run));
	} catch (error) {
		if (error instanceof WorkflowNotFoundError) return undefined;
		throw error;
	}
}

async function start(
	calls: TemporalCalls,
	taskQueue: string,
	{ planId, run, command }: RerunRequest,
	{ input: formerInput, carried }: Extract<RerunState, { ok: true }>,
): Promise<void> {
	// Work that is done again is no fair sample: its end is compared with nothing.
	const { routing: _, ...input } = formerInput;
	const workflowId = planWorkflowId(planId);
	// Another run that began and ended since the state was read makes the state outdated.
	const newest = await describeRun(calls, workflowId);
	if (newest?.runId !== run.runId) return;
	const { memo, priority } = run;
	await startOnce(calls, PLAN_WORKFLOW_TYPE, {
		taskQueue,
		workflowId,
		workflowIdReusePolicy: "ALLOW_DUPLICATE",
		workflowIdConflictPolicy: "FAIL",
		args: [input, carried, command],
		...(memo && { memo }),
		...(priority && { priority }),
		typedSearchAttributes: planSearchAttributes(input),
	});
}
