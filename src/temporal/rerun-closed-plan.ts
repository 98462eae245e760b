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
import { planSearchAttributes } from "./plan-search-attributes.ts";
import { queryRun } from "./query-run.ts";
import { describeRun } from "./start-plan.ts";
import type { TemporalCalls } from "./temporal-calls.ts";
import { startOnce } from "./temporal-calls.ts";
import { planWorkflowId } from "./workflow-ids.ts";

export interface RerunRequest {
	planId: string;
	/** Its newest run. */
	run: WorkflowExecutionDescription;
	command: PlanCommand;
}

/**
 * Starts a new run that goes on from what the closed one tells of itself: Temporal is the truth of
 * execution, MongoDB may lag behind it. Its history of commands begins with this one, so that asking
 * again under the same key gives the answer. Nothing is started when another run has begun meanwhile.
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
	// Of a run that was ended from outside its plan is closed first, whoever finds it: two trails would begin at the same record.
	const fault = await endedRun(calls, closed.planId, closed.run);
	const closing = fault && (await closeEndedRun(calls, taskQueue, fault.run));
	await start(calls, taskQueue, closed, {
		...state,
		carried: closing ? goOnFrom(closing, state.carried) : state.carried,
	});
}

/** What the run would have handed on, had it known of its end. */
function goOnFrom(closing: PlanClosing, carried: CarriedRun): CarriedRun {
	const { facts } = carried;
	const { audit_head, revised_at, status, finished_at } = closing;
	const isKept = ({ collection, fields }: CarriedRun["outbox"][number]) =>
		collection !== "audit_trail" ||
		fields.trail !== audit_head.trail ||
		Number(fields.sequence) > audit_head.sequence;
	return {
		...carried,
		// Those records have landed with the closing.
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
	try {
		return await queryRun<RerunState>(
			calls,
			{ workflowId, runId },
			planQueries.rerunState,
			request,
		);
	} catch (error) {
		if (error instanceof WorkflowNotFoundError) return undefined;
		throw error;
	}
}

async function start(
	calls: TemporalCalls,
	taskQueue: string,
	{ planId, run, command }: RerunRequest,
	{ input, carried }: Extract<RerunState, { ok: true }>,
): Promise<void> {
	const workflowId = planWorkflowId(planId);
	// A run that came and went since the state was read has done more than the state says.
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
