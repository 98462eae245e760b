import { startSplit } from "../domain/choose-version.ts";
import type { OrchestratorVersion } from "../domain/plan-run.ts";
import type { ApiRoutes } from "../http/server.ts";
import type { Parts } from "../wiring/parts.ts";
import { createOutcomeReader } from "./outcome-reader.ts";
import {
	armMetricsRoute,
	type OutcomeSources,
	outcomeRoutes,
} from "./outcome-routes.ts";
import { createRoutingStore } from "./routing-store.ts";
import { type SplitSources, splitRoutes } from "./split-routes.ts";

/** The ports of the routes of the split and of outcomes. */
export type RoutingSources = SplitSources & OutcomeSources;

/** The split of plans between versions, and how they end there. */
export function routingApi(sources: RoutingSources): ApiRoutes {
	return async (app) => {
		await app.register(splitRoutes, sources);
		await app.register(outcomeRoutes, sources);
	};
}

/** The metrics of the system before, where it had them. */
export function armMetricsApi(sources: RoutingSources): ApiRoutes {
	return async (app) => {
		await app.register(armMetricsRoute, { prefix: "/api/v2", ...sources });
	};
}

/** Implements the ports of the routes. */
export function routingSources({
	config,
	mongo,
	plans,
	routing: view,
}: Pick<Parts, "config" | "mongo" | "plans" | "routing">): RoutingSources {
	return {
		store: createRoutingStore(mongo),
		view,
		start: startSplit(config.versions),
		outcomes: createOutcomeReader(mongo),
		async countOpen(by, arm) {
			if (by === "version")
				return await plans.countOpenOf({ version: arm as OrchestratorVersion });
			const { deployment } = view.peek().documents.release?.body ?? {};
			if (deployment === undefined) return null;
			return await plans.countOpenOf({ deployment, build: arm });
		},
		builds() {
			const { body } = view.peek().documents.release ?? {};
			return body && { base: body.base_build, candidate: body.candidate_build };
		},
	};
}
