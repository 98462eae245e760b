import type { WorkflowExecutionDescription } from "@temporalio/client";
import type { EndedRun, RunEnding } from "../domain/ended-run.ts";
import { STUCK_ATTEMPT } from "../domain/orphan-watch.ts";
import {
	closedUnpublishedTypes,
	openPlanStatuses,
	type PlanStatus,
} from "../domain/plan-run.ts";
import { searchAttributes } from "../domain/search-attributes.ts";
import { describeRun, isOpen, readEnd } from "./start-plan.ts";
import type { TemporalCalls } from "./temporal-calls.ts";
import { planWorkflowId } from "./workflow-ids.ts";

/** Faults that stop a plan and that its run cannot report. */
export type RunFault = { kind: "ended"; run: EndedRun } | StuckRun;

/** The workflow task fails again and again, so the run answers nobody. */
export interface StuckRun {
	kind: "stuck";
	attempt: number;
	/** When the task was first due, Unix epoch, ms. */
	sinceMs: number;
	/** The plan's status in the run's search attributes. */
	status: PlanStatus;
}

const endings: readonly string[] = [
	"TERMINATED",
	"TIMED_OUT",
	"FAILED",
	"CANCELLED",
] satisfies RunEnding[];

/** The fault of the plan's newest run; undefined when it has none, or there is no run. */
export async function examineRun(
	calls: TemporalCalls,
	planId: string,
): Promise<RunFault | undefined> {
	const run = await describeRun(calls, planWorkflowId(planId));
	if (run === undefined) return undefined;
	return isOpen(run) ? stuckRun(run) : await endedRun(calls, planId, run);
}

/** The run's end, if somebody ended it from outside; undefined when it ended by itself. */
export async function endedRun(
	calls: TemporalCalls,
	planId: string,
	run: WorkflowExecutionDescription,
): Promise<Extract<RunFault, { kind: "ended" }> | undefined> {
	const { name } = run.status;
	if (!endings.includes(name)) return undefined;
	if (name === "FAILED") {
		const end = await readEnd(calls, run);
		const isOwn =
			end === undefined ||
			(closedUnpublishedTypes as readonly string[]).includes(end.type);
		if (isOwn) return undefined;
	}
	return {
		kind: "ended",
		run: {
			plan_id: planId,
			run_id: run.runId,
			ending: name as RunEnding,
			ended_at: (run.closeTime ?? run.startTime).getTime(),
		},
	};
}

function stuckRun({
	raw,
	typedSearchAttributes,
}: WorkflowExecutionDescription): StuckRun | undefined {
	const { attempt, originalScheduledTime, scheduledTime } =
		raw.pendingWorkflowTask ?? {};
	if (attempt == null || attempt < STUCK_ATTEMPT) return undefined;
	const { seconds, nanos } = originalScheduledTime ?? scheduledTime ?? {};
	const word = typedSearchAttributes.get(searchAttributes.planStatus);
	const status = openPlanStatuses.find((known) => known === word);
	return {
		kind: "stuck",
		attempt,
		sinceMs: Number(seconds ?? 0) * 1_000 + Math.floor((nanos ?? 0) / 1e6),
		status: status ?? "RUNNING",
	};
}
