import { hostname } from "node:os";
import { rolloutQueueOf } from "../domain/rollout/names.ts";
import { openRolloutEngine } from "../rollout/engine.ts";
import { createPlanSinks } from "../telemetry/count-plans.ts";
import { startPlanWorker } from "../temporal/worker.ts";
import { openHttpSwitch } from "./open-deploy.ts";
import { type Parts, untilItWorks } from "./parts.ts";
import { openRolloutActivities } from "./rollout-activities.ts";

/**
 * Role `rollout`: works on releases, on a queue of its own and without a version, so that a release never moves
 * what rolls it back. Any number of processes may; one works on a release at a time, Temporal sees to that.
 */
export async function startRollout(parts: Parts): Promise<void> {
	const { config, log, metrics, lifecycle } = parts;
	const { namespace, guardWorkflows, retryWaits } = config.temporal;
	const activities = openRolloutActivities(
		parts,
		openRolloutEngine(parts),
		openHttpSwitch(config),
	);
	const start = () =>
		untilItWorks(parts, "rollout worker", () =>
			startPlanWorker({
				connection: config.temporal,
				namespace,
				taskQueue: rolloutQueueOf(config.temporal.taskQueue),
				identity: `rollout@${hostname()}-${process.pid}`,
				maxCachedWorkflows: 10,
				guardWorkflows,
				shutdownGraceMs: config.shutdownGraceMs,
				retryWaits,
				activities,
				sinks: createPlanSinks(metrics, log),
				log,
			}),
		);
	const worker = await lifecycle.start("rollout worker", start, (it) =>
		it.stop(),
	);
	worker.stopped.catch(parts.fail);
}
