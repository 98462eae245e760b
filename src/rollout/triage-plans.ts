import type { WorkflowExecutionInfo } from "@temporalio/client";
import { nameUuid } from "../domain/ticket-ids.ts";
import { OrchestratorError } from "../errors.ts";
import { type BuildVersion, pinnedOptions } from "../temporal/build-version.ts";
import { askDeployment } from "../temporal/deployment-calls.ts";
import type { TemporalCalls } from "../temporal/temporal-calls.ts";
import { planIdOf } from "../temporal/workflow-ids.ts";
import { plansOf, plansOn } from "./count-plans.ts";
import type { OpenPlanOfBuild } from "./ports.ts";
import { readWorkers } from "./read-workers.ts";
import { findUnaccepted, listRuns } from "./unaccepted-plans.ts";

/** Statuses of plans whose tickets have not gone out. */
const BEFORE_C4: readonly unknown[] = ["VALIDATING", "AWAITING_APPROVAL"];

/** Temporal's enum EventType: the ends of a workflow task. A task that failed at first leaves only its failure. */
const taskEnds: readonly unknown[] = [7, 8, 9];
/** Without a worker that asks, though tasks wait. */
const DEAD_MS = 15_000;
/** Enough for the end of the first workflow task. */
const FIRST_EVENTS = 20;

/**
 * How many open plans the build has, with those whose first task it has not completed. While more of the latter wait
 * than are looked at, one of them may be the build's: it is never said to have none then.
 */
export async function countOpenPlans(
	calls: TemporalCalls,
	taskQueue: string,
	version: BuildVersion,
): Promise<number> {
	const query = openPlansOf(taskQueue, version);
	const [counted, { plans, unseen }] = await Promise.all([
		calls(`count of open plans of ${version.build}`, (client) =>
			client.workflow.count(query),
		),
		findUnaccepted(calls, plansOn(taskQueue)),
	]);
	const stuck = plans.filter(({ build }) => build === version.build);
	return counted.count + Math.max(stuck.length, unseen > 0 ? 1 : 0);
}

function openPlansOf(taskQueue: string, version: BuildVersion): string {
	return `${plansOf(taskQueue, version)} AND ExecutionStatus = 'Running'`;
}

/** The plans themselves, and how many were not looked at: also of the queue's other builds. */
export async function listOpenPlans(
	calls: TemporalCalls,
	taskQueue: string,
	version: BuildVersion & { limit: number; signal?: AbortSignal | undefined },
): Promise<{ plans: OpenPlanOfBuild[]; unseen: number }> {
	const { deployment, build, limit, signal } = version;
	const [workers, unaccepted, begun] = await Promise.all([
		readWorkers(calls, taskQueue, version),
		findUnaccepted(calls, plansOn(taskQueue), limit, signal),
		listRuns(calls, openPlansOf(taskQueue, version), limit),
	]);
	const stuck = unaccepted.plans
		.filter((one) => one.build === build)
		.map(({ run, isBroken }) => ({ ...toOpenPlan(run), isBroken }));
	// Nobody works on the plans of a build without workers, so none of them ends there.
	const isDead =
		workers.pollers === 0 || Number(workers.lastPollAgoMs) > DEAD_MS;
	const plans = [...stuck, ...begun.runs.map(toOpenPlan)].map((plan) => ({
		deployment,
		...plan,
		isBroken: plan.isBroken || isDead,
	}));
	return { plans, unseen: unaccepted.unseen + begun.unseen };
}

function toOpenPlan({
	workflowId,
	runId,
	searchAttributes,
}: Pick<
	WorkflowExecutionInfo,
	"workflowId" | "runId" | "searchAttributes"
>): Omit<OpenPlanOfBuild, "deployment"> {
	const [status] = searchAttributes.PlanStatus ?? [];
	const problems = searchAttributes.TemporalReportedProblems ?? [];
	return {
		planId: planIdOf(workflowId) ?? workflowId,
		workflowId,
		runId,
		// A task that was lost may have published; the tickets of its repetition have the same ids, and workers drop them.
		hasPublished: !BEFORE_C4.includes(status),
		isBroken: problems.length > 0,
	};
}

/** Once, however often it is asked for: a plan that has another run by now was begun again. */
export async function restartPlan(
	calls: TemporalCalls,
	plan: OpenPlanOfBuild,
	to: BuildVersion,
): Promise<void> {
	const { workflowId, runId } = plan;
	const workflowTaskFinishEventId = await findFirstTaskEnd(calls, plan);
	// No task of it has ended, so there is nothing to begin again.
	if (workflowTaskFinishEventId === undefined)
		return await movePlan(calls, plan, to);
	const newest = await calls(`look at ${workflowId}`, (client) =>
		client.workflow.getHandle(workflowId).describe(),
	);
	if (newest.runId !== runId) return;
	// Visibility lags; what the run itself knows does not.
	if (newest.status.name !== "RUNNING" || toOpenPlan(newest).hasPublished)
		throw new OrchestratorError(
			"ROUTING_REFUSED",
			`${workflowId} has published or ended meanwhile: it does not begin again`,
		);
	await askDeployment(calls, `restart of ${workflowId}`, (service, namespace) =>
		service.resetWorkflowExecution({
			namespace,
			workflowExecution: { workflowId, runId },
			reason: `its build was rolled back; begins again on ${to.build}`,
			requestId: nameUuid(`${runId}/restart/${to.build}`),
			workflowTaskFinishEventId,
			// What was sent to the plan meanwhile comes again.
			postResetOperations: [{ updateWorkflowOptions: pinnedOptions(to) }],
		}),
	);
}

async function findFirstTaskEnd(
	calls: TemporalCalls,
	{ workflowId, runId }: OpenPlanOfBuild,
) {
	const { history } = await askDeployment(
		calls,
		`look at the first task of ${workflowId}`,
		(service, namespace) =>
			service.getWorkflowExecutionHistory({
				namespace,
				execution: { workflowId, runId },
				maximumPageSize: FIRST_EVENTS,
			}),
	);
	const end = history?.events?.find(({ eventType }) =>
		taskEnds.includes(eventType),
	);
	return end?.eventId ?? undefined;
}

/** Safe to repeat. */
export async function movePlan(
	calls: TemporalCalls,
	{ workflowId, runId }: OpenPlanOfBuild,
	to: BuildVersion,
): Promise<void> {
	await askDeployment(calls, `move of ${workflowId}`, (service, namespace) =>
		service.updateWorkflowExecutionOptions({
			namespace,
			workflowExecution: { workflowId, runId },
			...pinnedOptions(to),
		}),
	);
}
