import { rolloutQueueOf } from "../domain/rollout/names.ts";
import type { Parts } from "../wiring/parts.ts";
import { createRolloutClient } from "./client.ts";
import { openRolloutEngine } from "./open-engine.ts";
import { panicNow } from "./panic.ts";
import type { ReleaseSources } from "./release-ports.ts";
import { createRoutingStore } from "./routing-store.ts";
import { createRolloutStore } from "./store.ts";

/** Implements the ports of the routes. */
export function releaseSources(
	parts: Pick<Parts, "mongo" | "temporal" | "config">,
): ReleaseSources {
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
