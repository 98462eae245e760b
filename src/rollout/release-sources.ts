import { OrchestratorError } from "../errors.ts";
import type { Parts } from "../wiring/parts.ts";
import { createRolloutClient } from "./client.ts";
import type { ReleaseSources } from "./release-ports.ts";
import { createRolloutStore } from "./store.ts";

/** Implements the ports of the routes. */
export function releaseSources({
	mongo,
	temporal,
}: Pick<Parts, "mongo" | "temporal">): ReleaseSources {
	const rollouts = createRolloutStore(mongo);
	return {
		rollouts,
		client: createRolloutClient({ client: () => temporal, store: rollouts }),
		// Replaced when the engine of releases is there.
		panic: async ({ deployment }) => {
			throw new OrchestratorError(
				"ROUTING_REFUSED",
				`routing of ${deployment} cannot be changed from here`,
			);
		},
	};
}
