import type { RolloutClient } from "./client.ts";
import type { BuildRouting } from "./ports.ts";
import type { Rollouts } from "./store.ts";

/** What the routes of releases ask for. */
export interface ReleaseSources {
	rollouts: Omit<Rollouts, "keepNew">;
	client: RolloutClient;
	/** All new plans to the base, or to the build; needs no controller. */
	panic(request: {
		deployment: string;
		build?: string;
		actor: string;
		reason: string;
	}): Promise<{ routing: BuildRouting; took_ms: number; recorded: boolean }>;
}
