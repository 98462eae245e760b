import type { WorkflowExecutionInfo } from "@temporalio/client";
import { limitConcurrency } from "../limit-concurrency.ts";
import { askDeployment } from "../temporal/deployment-calls.ts";
import type { TemporalCalls } from "../temporal/temporal-calls.ts";

/** An open plan of which no workflow task has been completed: Temporal counts it for no build. */
export interface UnacceptedPlan {
	run: WorkflowExecutionInfo;
	/** The build that it is pinned to, or whose worker has its first task; undefined: its task waits for a worker. */
	build: string | undefined;
	/** Whether that task has failed, or was given up, at least once. */
	isBroken: boolean;
}

/** A sound service has a few at a time; of a build that breaks every plan, so many tell enough. */
const MOST = 200;
const CONCURRENCY = 8;

/**
 * The newest of them that the query finds, each asked about by itself; `unseen`: how many more there are. Throws when
 * the signal aborts.
 */
export async function findUnaccepted(
	calls: TemporalCalls,
	query: string,
	most = MOST,
	signal?: AbortSignal,
): Promise<{ plans: UnacceptedPlan[]; unseen: number }> {
	const { runs, unseen } = await listRuns(
		calls,
		`${query} AND TemporalWorkerDeploymentVersion IS NULL AND ExecutionStatus = 'Running'`,
		most,
	);
	const limited = limitConcurrency(CONCURRENCY);
	const plans = await Promise.all(
		runs.map((run) =>
			limited(() => {
				signal?.throwIfAborted();
				return ask(calls, run);
			}),
		),
	);
	return { plans, unseen };
}

const PAGE = 1_000;

/** The newest runs that the query finds, and how many more there are. */
export async function listRuns(
	calls: TemporalCalls,
	query: string,
	most: number,
): Promise<{ runs: WorkflowExecutionInfo[]; unseen: number }> {
	return await calls("list of plans", async ({ workflow }) => {
		const runs: WorkflowExecutionInfo[] = [];
		const pageSize = Math.min(most + 1, PAGE);
		for await (const run of workflow.list({ query, pageSize })) {
			if (runs.length < most) runs.push(run);
			else {
				const { count } = await workflow.count(query);
				return { runs, unseen: Math.max(1, count - most) };
			}
		}
		return { runs, unseen: 0 };
	});
}

async function ask(
	calls: TemporalCalls,
	run: WorkflowExecutionInfo,
): Promise<UnacceptedPlan> {
	const { workflowId, runId } = run;
	const { workflowExecutionInfo: info, pendingWorkflowTask: task } =
		await askDeployment(calls, `look at ${workflowId}`, (service, namespace) =>
			service.describeWorkflowExecution({
				namespace,
				execution: { workflowId, runId },
			}),
		);
	const { versionTransition, versioningOverride } = info?.versioningInfo ?? {};
	const version =
		versioningOverride?.pinned?.version ?? versionTransition?.deploymentVersion;
	return {
		run,
		build: version?.buildId ?? undefined,
		isBroken: (task?.attempt ?? 1) > 1,
	};
}
