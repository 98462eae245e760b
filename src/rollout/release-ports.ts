import type { RolloutClient } from "./client.ts";
import type { PanicAnswer, PanicRequest } from "./panic.ts";
import type { Rollouts } from "./store.ts";

/** What the routes of releases ask for. */
export interface ReleaseSources {
	rollouts: Omit<Rollouts, "keepNew">;
	client: RolloutClient;
	/** Needs no controller. */
	panic(request: PanicRequest): Promise<PanicAnswer>;
}
