import type { RunSettings } from "../plans/prepare-run.ts";
import {
	createTemporalCalls,
	type TemporalCalls,
} from "../temporal/temporal-calls.ts";
import type { Parts } from "../wiring/parts.ts";
import {
	claimRouting,
	panic,
	readRouting,
	releaseRouting,
	setCurrent,
	setRamp,
} from "./change-routing.ts";
import { countPlans } from "./count-plans.ts";
import type { RolloutEngine } from "./ports.ts";
import { readWorkers } from "./read-workers.ts";
import { runSmokePlan } from "./run-smoke-plan.ts";
import { smokeInput } from "./smoke-input.ts";
import {
	countOpenPlans,
	listOpenPlans,
	movePlan,
	restartPlan,
} from "./triage-plans.ts";

/**
 * A release's engine: Temporal's worker deployments. Every call is bounded in time; it throws
 * TEMPORAL_UNAVAILABLE for an outage, ROUTING_CHANGED and ROUTING_REFUSED for answers.
 */
export function createRolloutEngine({
	calls,
	taskQueue,
	run,
}: {
	calls: TemporalCalls;
	/** Of the plans. */
	taskQueue: string;
	/** For smoke plans. */
	run: RunSettings;
}): RolloutEngine {
	const at = (deployment: string, build: string) => ({ deployment, build });
	return {
		readRouting: (deployment) => readRouting(calls, deployment),
		setRamp: (change) => setRamp(calls, change),
		setCurrent: (change) => setCurrent(calls, change),
		claimRouting: (deployment, force) => claimRouting(calls, deployment, force),
		releaseRouting: (deployment) => releaseRouting(calls, deployment),
		panic: (deployment, baseBuild) => panic(calls, deployment, baseBuild),
		countPlans: (question) => countPlans(calls, taskQueue, question),
		readWorkers: (deployment, build) =>
			readWorkers(calls, taskQueue, at(deployment, build)),
		runSmokePlan: (smoke) =>
			runSmokePlan(calls, taskQueue, smoke, smokeInput(run, smoke, Date.now())),
		listOpenPlans: (deployment, build, limit, signal) =>
			listOpenPlans(calls, taskQueue, { deployment, build, limit, signal }),
		countOpenPlans: (deployment, build) =>
			countOpenPlans(calls, taskQueue, at(deployment, build)),
		restartPlan: (plan, build) =>
			restartPlan(calls, plan, at(plan.deployment, build)),
		movePlan: (plan, build) =>
			movePlan(calls, plan, at(plan.deployment, build)),
	};
}

/** The engine of releases of this process's plans. */
export function openRolloutEngine({
	temporal,
	config,
}: Pick<Parts, "temporal" | "config">): RolloutEngine {
	return createRolloutEngine({
		calls: createTemporalCalls({ client: () => temporal }),
		taskQueue: config.temporal.taskQueue,
		run: { settings: config.plan, versions: config.versions },
	});
}
