import { rolloutQueueOf } from "../domain/rollout/names.ts";
import type { Parts } from "../wiring/parts.ts";
import { createRolloutClient } from "./client.ts";
import { openRolloutEngine } from "./engine.ts";
import { panicNow } from "./panic.ts";
import type { ReleaseSources } from "./release-routes.ts";
import { createRoutingStore } from "./routing-store.ts";
import { createRolloutStore } from "./store.ts";

/** Implements the ports of the routes, but for the error budgets. */
export function releaseSources(
	parts: Pick<Parts, "mongo" | "temporal" | "config">,
): Omit<ReleaseSources, "budgets"> {
	const { mongo, temporal, config } = parts;
	const rollouts = createRolloutStore(mongo);
	const engine = openRolloutEngine(parts);
	const routing = createRoutingStore(mongo);
	return {
		rollouts,
		client: createRolloutClient({
			...{ client: () => temporal, store: rollouts },
			taskQueue: rolloutQueueOf(config.temporal.taskQueue),
			isEmergency: config.deploy.isEmergency,
		}),
		panic: (request) => panicNow({ engine, routing }, request),
	};
}
