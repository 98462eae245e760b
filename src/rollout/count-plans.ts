import { PLAN_WORKFLOW_TYPE } from "../domain/plan-run.ts";
import { isRamped } from "../domain/rollout/choose-build.ts";
import { type BuildVersion, searchNameOf } from "../temporal/build-version.ts";
import type { TemporalCalls } from "../temporal/temporal-calls.ts";
import { SMOKE_WORKFLOW_PREFIX } from "../temporal/workflow-ids.ts";
import { readRouting } from "./change-routing.ts";
import type { BuildRouting, PlanCountQuestion, PlanCounts } from "./ports.ts";
import { findUnaccepted, type UnacceptedPlan } from "./unaccepted-plans.ts";

/** Nobody works on these, and how long that lasts is a person's. */
const AT_WORK =
	"(PlanStatus IS NULL OR PlanStatus NOT IN ('AWAITING_APPROVAL', 'PAUSED'))";

type Arms = Readonly<Record<"base" | "candidate", number>>;

/** Workflow tasks that fail or never end are retried for ever: only this shows them. */
export const BROKEN =
	"TemporalReportedProblems IN ('category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut')";

/** Plans of the task queue. */
export function plansOn(taskQueue: string): string {
	return `WorkflowType = '${PLAN_WORKFLOW_TYPE}' AND TaskQueue = ${quote(taskQueue)}`;
}

/** Plans of the task queue of which the build has completed a workflow task. */
export function plansOf(taskQueue: string, version: BuildVersion): string {
	const name = quote(searchNameOf(version));
	return `${plansOn(taskQueue)} AND TemporalWorkerDeploymentVersion = ${name}`;
}

/** Smoke plans are not compared. */
const NO_SMOKE = `WorkflowId NOT STARTS_WITH '${SMOKE_WORKFLOW_PREFIX}'`;

/**
 * Counts by Temporal's visibility, which lags about a second and answers few questions a second: six, and a
 * short list of plans whose first task is not done. That task fails for ever where a build throws, and it
 * shows there at once: Temporal reports problems of a task only after its fifth try, most of a minute later.
 * Of a plan that went on in a new run, the newest run counts.
 */
export async function countPlans(
	calls: TemporalCalls,
	taskQueue: string,
	question: PlanCountQuestion,
): Promise<PlanCounts> {
	const { deployment, builds, fromMs, toMs, matureBeforeMs } = question;
	const count = async (build: string, condition: string) => {
		const query = `${plansOf(taskQueue, { deployment, build })} AND ${condition}`;
		return await calls(
			`count of plans of ${build}`,
			async (client) => (await client.workflow.count(query)).count,
		);
	};
	const ofBoth = async (condition: string): Promise<Arms> => {
		const [base, candidate] = await Promise.all([
			count(builds.base, condition),
			count(builds.candidate, condition),
		]);
		return { base, candidate };
	};
	const window = `${NO_SMOKE} AND StartTime >= ${time(fromMs)} AND StartTime < ${time(toMs)}`;
	const open = `${window} AND ExecutionStatus = 'Running'`;
	const [started, overdue, broken, { plans: unaccepted }] = await Promise.all([
		ofBoth(`${window} AND ExecutionStatus != 'ContinuedAsNew'`),
		ofBoth(`${open} AND StartTime < ${time(matureBeforeMs)} AND ${AT_WORK}`),
		ofBoth(`${open} AND ${BROKEN}`),
		findUnaccepted(calls, `${plansOn(taskQueue)} AND ${window}`),
	]);
	// A task that waits goes to whom the routing in force sends it.
	const routing = unaccepted.some(({ build }) => build === undefined)
		? await readRouting(calls, deployment)
		: undefined;
	const buildOf = ({ build, run }: UnacceptedPlan) =>
		build ?? (routing && nextBuild(routing, run.workflowId));
	const plus = (counts: Arms, counted: (plan: UnacceptedPlan) => boolean) => {
		const more = (arm: "base" | "candidate") =>
			unaccepted.filter((one) => buildOf(one) === builds[arm] && counted(one))
				.length;
		return {
			base: counts.base + more("base"),
			candidate: counts.candidate + more("candidate"),
		};
	};
	return {
		started: plus(started, () => true),
		overdue: plus(
			overdue,
			({ run }) => run.startTime.getTime() < matureBeforeMs,
		),
		broken: plus(broken, ({ isBroken }) => isBroken),
	};
}

function nextBuild(
	{ currentBuild, rampingBuild, rampWeight }: BuildRouting,
	workflowId: string,
): string | null {
	return isRamped(workflowId, rampWeight) ? rampingBuild : currentBuild;
}

function time(ms: number): string {
	return `'${new Date(Math.max(0, ms)).toISOString()}'`;
}

export function quote(text: string): string {
	return `'${text.replaceAll("'", "''")}'`;
}
