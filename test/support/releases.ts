import { OrchestratorError } from "../../src/errors.ts";
import type { ReleaseSources } from "../../src/rollout/release-routes.ts";
import { emptySla } from "./empty-capabilities.ts";

const temporalAway = async (): Promise<never> => {
	throw new OrchestratorError(
		"TEMPORAL_UNAVAILABLE",
		"temporal did not answer",
	);
};

/** Nothing was ever released, and Temporal is away. */
export const emptyReleases: ReleaseSources = {
	rollouts: {
		read: async () => undefined,
		list: async () => [],
		listEvents: async () => [],
		listVerdicts: async () => [],
	},
	client: {
		start: temporalAway,
		command: temporalAway,
		retry: temporalAway,
		undo: temporalAway,
	},
	budgets: emptySla.budgets,
	panic: async ({ deployment }) => {
		throw new OrchestratorError("ROLLOUT_NOT_FOUND", `${deployment} not found`);
	},
};
