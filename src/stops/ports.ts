import type { StopStore } from "./store.ts";

/** The ports of the routes of stops and bulk cancels. */
export interface StopSources {
	store: Pick<
		StopStore,
		"readStops" | "press" | "release" | "preview" | "keepBulk" | "readBulk"
	>;
	/** Begins to carry out what was kept, without waiting; a turn of role `worker` does it otherwise. */
	carryOutSoon(): void;
}
