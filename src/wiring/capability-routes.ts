import { deadLetterApi } from "../dead-letters/api.ts";
import type { DeadLetterSources } from "../dead-letters/ports.ts";
import type { DeploySources } from "../deploy/ports.ts";
import { deployRoutes } from "../deploy/routes.ts";
import type { FeatureSources } from "../features/ports.ts";
import { featureRoutes } from "../features/routes.ts";
import type { ApiRoutes } from "../http/server.ts";
import { workerApi } from "../registry/api.ts";
import type { WorkerSources } from "../registry/ports.ts";
import type { ReleaseSources } from "../rollout/release-ports.ts";
import { releaseApi } from "../rollout/release-routes.ts";
import {
	armMetricsApi,
	type RoutingSources,
	routingApi,
} from "../rollout/routing-sources.ts";
import type { AllocationReader } from "../scheduling/explanations.ts";
import { allocationRoutes } from "../scheduling/routes.ts";
import type { SlaSources } from "../sla/ports.ts";
import { slaApi } from "../sla/routes.ts";
import type { StopSources } from "../stops/ports.ts";
import { stopApi } from "../stops/routes.ts";

/** What the routes of each capability ask for. */
export interface CapabilitySources {
	deadLetters: DeadLetterSources;
	sla: SlaSources;
	stops: StopSources;
	allocations: AllocationReader;
	workers: WorkerSources;
	routing: RoutingSources;
	releases: ReleaseSources;
}

/** What the routes outside `/api/v1` ask for. */
export interface RootSources {
	routing: RoutingSources;
	features: FeatureSources;
	deploy: DeploySources;
}

/**
 * The routes of all capabilities that have routes, in the order of the reference. The service and the tests
 * of its routes use this one list.
 */
export function capabilityRoutes({
	deadLetters,
	sla,
	stops,
	allocations,
	workers,
	routing,
	releases,
}: CapabilitySources): ApiRoutes[] {
	return [
		async (app) => void (await app.register(allocationRoutes, { allocations })),
		deadLetterApi(deadLetters),
		workerApi(workers),
		slaApi(sla),
		stopApi(stops),
		routingApi(routing),
		releaseApi(releases),
	];
}

/** Routes of capabilities that stand outside `/api/v1`. */
export function rootRoutes({
	routing,
	features,
	deploy,
}: RootSources): ApiRoutes[] {
	return [
		armMetricsApi(routing),
		async (app) => {
			await app.register(deployRoutes, { deploy });
			await app.register(featureRoutes, { features });
		},
	];
}
