import { PLAN_WORKFLOW_TYPE } from "../domain/plan-run.ts";
import { searchNameOf } from "../temporal/build-version.ts";
import type { TemporalCalls } from "../temporal/temporal-calls.ts";
import { SMOKE_WORKFLOW_PREFIX } from "../temporal/workflow-ids.ts";
import type { PlanCountQuestion, PlanCounts } from "./ports.ts";

type Arms = Readonly<Record<"base" | "candidate", number>>;

/** Workflow tasks that fail or never end are retried for ever: only this shows them. */
export const BROKEN =
	"TemporalReportedProblems IN ('category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut')";

/** Plans of the task queue that belong to the build. */
export function plansOf(
	taskQueue: string,
	version: { deployment: string; build: string },
): string {
	return [
		`WorkflowType = '${PLAN_WORKFLOW_TYPE}'`,
		`TaskQueue = ${quote(taskQueue)}`,
		`TemporalWorkerDeploymentVersion = ${quote(searchNameOf(version))}`,
	].join(" AND ");
}

/** Smoke plans are not compared. */
const NO_SMOKE = `WorkflowId NOT STARTS_WITH '${SMOKE_WORKFLOW_PREFIX}'`;

/**
 * Counts by Temporal's visibility, which lags about a second and answers few questions a second: six a look,
 * and no list. Of a plan that went on in a new run, the newest run counts.
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
	const [started, overdue, broken] = await Promise.all([
		ofBoth(`${window} AND ExecutionStatus != 'ContinuedAsNew'`),
		ofBoth(`${open} AND StartTime < ${time(matureBeforeMs)}`),
		ofBoth(`${open} AND ${BROKEN}`),
	]);
	return { started, overdue, broken };
}

function time(ms: number): string {
	return `'${new Date(Math.max(0, ms)).toISOString()}'`;
}

export function quote(text: string): string {
	return `'${text.replaceAll("'", "''")}'`;
}
