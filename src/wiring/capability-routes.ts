import { deadLetterApi } from "../dead-letters/api.ts";
import type { DeadLetterSources } from "../dead-letters/ports.ts";
import { type DeploySources, deployRoutes } from "../deploy/routes.ts";
import type { FeatureSources } from "../features/ports.ts";
import { featureRoutes } from "../features/routes.ts";
import type { ApiRoutes } from "../http/server.ts";
import { mlApi, mlHealthApi } from "../prediction/ml-api.ts";
import type { MlSources } from "../prediction/ml-ports.ts";
import { workerApi } from "../registry/api.ts";
import type { WorkerSources } from "../registry/ports.ts";
import { type ReleaseSources, releaseApi } from "../rollout/release-routes.ts";
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
import type { TicketTokenSources } from "../ticket-tokens/ports.ts";
import { jwksApi, ticketTokenRoutes } from "../ticket-tokens/routes.ts";

/** What the routes of each capability ask for. */
export interface CapabilitySources {
	deadLetters: DeadLetterSources;
	sla: SlaSources;
	stops: StopSources;
	allocations: AllocationReader;
	ticketTokens: TicketTokenSources;
	workers: WorkerSources;
	routing: RoutingSources;
	releases: ReleaseSources;
	ml: MlSources;
}

/** What the routes outside `/api/v1` ask for. */
export interface RootSources {
	routing: RoutingSources;
	ticketTokens: TicketTokenSources;
	ml: Pick<MlSources, "predictor" | "view">;
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
	ticketTokens,
	workers,
	routing,
	releases,
	ml,
}: CapabilitySources): ApiRoutes[] {
	return [
		async (app) => {
			await app.register(allocationRoutes, { allocations });
			await app.register(ticketTokenRoutes, { ticketTokens });
		},
		deadLetterApi(deadLetters),
		workerApi(workers),
		slaApi(sla),
		stopApi(stops),
		routingApi(routing),
		releaseApi(releases),
		mlApi(ml),
	];
}

/** Routes of capabilities that stand outside `/api/v1`. */
export function rootRoutes({
	routing,
	ticketTokens,
	ml,
	features,
	deploy,
}: RootSources): ApiRoutes[] {
	return [
		armMetricsApi(routing),
		jwksApi(ticketTokens),
		mlHealthApi(ml),
		async (app) => {
			await app.register(deployRoutes, { deploy });
			await app.register(featureRoutes, { features });
		},
	];
}
