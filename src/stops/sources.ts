import type { Parts } from "../wiring/parts.ts";
import { tryCarryOut } from "./carry-out.ts";
import type { StopSources } from "./ports.ts";
import { createStopStore } from "./store.ts";

/** Implements the ports of the routes. */
export function stopSources({
	mongo,
	plans,
	log,
	fail,
}: Pick<Parts, "mongo" | "plans" | "log" | "fail">): StopSources {
	const store = createStopStore(mongo);
	return {
		store,
		carryOutSoon() {
			tryCarryOut({ store, plans, log }).catch(fail);
		},
	};
}
