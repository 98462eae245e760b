import {
	type BuildVersion,
	versionMessage,
} from "../temporal/build-version.ts";
import { askDeployment, msOf } from "../temporal/deployment-calls.ts";
import type { TemporalCalls } from "../temporal/temporal-calls.ts";
import type { BuildWorkers } from "./ports.ts";

/** Temporal's enum TaskQueueType. */
const WORKFLOW_QUEUE = 1;
/** A worker's question waits at the server for a minute when there is nothing to do, and is not seen again meanwhile. */
const LONG_POLL_MS = 65_000;

/**
 * Workers and waiting tasks of a build. A worker that asks would be given a waiting task at once: so when
 * tasks wait, the time since the last question is the time without workers.
 */
export async function readWorkers(
	calls: TemporalCalls,
	taskQueue: string,
	version: BuildVersion,
	nowMs = Date.now(),
): Promise<BuildWorkers> {
	const [polls, waiting] = await Promise.all([
		readPolls(calls, taskQueue, version),
		readBacklog(calls, version),
	]);
	const agesMs = polls.map((atMs) => Math.max(0, nowMs - atMs));
	const isAsking = (ageMs: number) => ageMs <= LONG_POLL_MS;
	const pollers = agesMs.filter(isAsking).length;
	const lastPollAgoMs = agesMs.length === 0 ? null : Math.min(...agesMs);
	const mayAsk = pollers > 0 && waiting.backlog === 0;
	return { pollers, lastPollAgoMs: mayAsk ? 0 : lastPollAgoMs, ...waiting };
}

/** When each worker of the build has asked for plans' tasks, Unix epoch, ms; Temporal forgets it after five minutes. */
async function readPolls(
	calls: TemporalCalls,
	taskQueue: string,
	{ deployment, build }: BuildVersion,
): Promise<number[]> {
	const { pollers } = await askDeployment(
		calls,
		`look at workers of ${build}`,
		(service, namespace) =>
			service.describeTaskQueue({
				namespace,
				taskQueue: { name: taskQueue },
				taskQueueType: WORKFLOW_QUEUE,
			}),
	);
	return pollers
		.filter(
			({ deploymentOptions: of }) =>
				of?.deploymentName === deployment && of.buildId === build,
		)
		.map(({ lastAccessTime }) => msOf(lastAccessTime));
}

async function readBacklog(
	calls: TemporalCalls,
	version: BuildVersion,
): Promise<Pick<BuildWorkers, "backlog" | "backlogAgeMs">> {
	const { versionTaskQueues } = await askDeployment(
		calls,
		`look at tasks of ${version.build}`,
		(service, namespace) =>
			service.describeWorkerDeploymentVersion({
				namespace,
				deploymentVersion: versionMessage(version),
				reportTaskQueueStats: true,
			}),
	);
	// Activities wait behind others for good reasons: a plan's own tasks never do.
	const stats = (versionTaskQueues ?? [])
		.filter(({ type }) => type === WORKFLOW_QUEUE)
		.map(({ stats }) => stats ?? {});
	const counts = stats.map((one) => Number(one.approximateBacklogCount ?? 0));
	const agesMs = stats.map((one) => msOf(one.approximateBacklogAge));
	return {
		backlog: counts.reduce((sum, count) => sum + count, 0),
		backlogAgeMs: Math.max(0, ...agesMs),
	};
}
