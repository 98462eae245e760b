import { createObserveRollout, type ObserveDeps } from "./observe-rollout.ts";
import { createRouteRelease, createTellRelease } from "./route-release.ts";
import {
	createCheckHttp,
	createCountOpen,
	createOpenRollout,
	createRecordRollout,
	createReleaseManager,
	createRunSmokePlan,
	createSwitchHttp,
	createTriagePlans,
	type SteerDeps,
} from "./steer-rollout.ts";

export type RolloutDeps = ObserveDeps & SteerDeps;

/** All that a release may ask of the world, for the worker of queue `rollout-control`. */
export function createRolloutActivities(deps: RolloutDeps) {
	return {
		observeRollout: createObserveRollout(deps),
		openRollout: createOpenRollout(deps),
		routeRelease: createRouteRelease(deps),
		tellRelease: createTellRelease(deps),
		leaveRouting: createReleaseManager(deps),
		runSmokePlan: createRunSmokePlan(deps),
		checkHttp: createCheckHttp(deps),
		switchHttp: createSwitchHttp(deps),
		triagePlans: createTriagePlans(deps),
		countOpenPlans: createCountOpen(deps),
		recordRollout: createRecordRollout(deps),
	};
}

export type RolloutActivities = ReturnType<typeof createRolloutActivities>;
