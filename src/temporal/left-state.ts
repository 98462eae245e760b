import type { WorkflowExecutionDescription } from "@temporalio/client";
import type { PlanRunOutcome } from "../../workflows/orchestrate-plan.ts";
import type { RerunState } from "../../workflows/rerun-task.ts";
import { isReadableState } from "../domain/left-state.ts";
import type { PlanRunInput } from "../domain/plan-run.ts";
import { OrchestratorError } from "../errors.ts";
import { readStartEvent } from "./read-start.ts";
import type { TemporalCalls } from "./temporal-calls.ts";

/** The run's build, if it closed by itself: its result then has the state for a rerun. */
export function hasLeftState({
	raw,
	status,
}: WorkflowExecutionDescription): boolean {
	const { versioningInfo } = raw.workflowExecutionInfo ?? {};
	return (
		status.name === "COMPLETED" && versioningInfo?.deploymentVersion != null
	);
}

/** The result of a run that is COMPLETED. */
export async function readOutcome(
	calls: TemporalCalls,
	{ workflowId, runId }: WorkflowExecutionDescription,
): Promise<PlanRunOutcome> {
	return (await calls(`look at the end of ${workflowId}`, (client) =>
		client.workflow.result(workflowId, runId, { followRuns: false }),
	)) as PlanRunOutcome;
}

/** The state from which a new run of the plan goes on, without asking any worker. */
export async function readLeftState(
	calls: TemporalCalls,
	run: WorkflowExecutionDescription,
): Promise<Extract<RerunState, { ok: true }>> {
	const { workflowId, runId } = run;
	const { left_state } = await readOutcome(calls, run);
	if (left_state === undefined || !isReadableState(left_state.state_version))
		throw new OrchestratorError(
			"COMMAND_REFUSED",
			`${workflowId} was ended by a build that has no workers any more, and this one does not read its state (version ${left_state?.state_version ?? "none"}): start a worker of that build, or of the next one after it`,
			{ allowed: [] },
		);
	const start = await calls(`look at the start of ${workflowId}`, (client) =>
		readStartEvent(client, { workflowId, runId }),
	);
	const input = start?.input as PlanRunInput;
	return { ok: true, input, carried: left_state.carried };
}
