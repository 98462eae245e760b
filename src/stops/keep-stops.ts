import { setTimeout as sleep } from "node:timers/promises";
import { settlesWithin } from "../deadline.ts";
import { hasCode } from "../errors.ts";
import { type CarryOutDeps, carryOutStops } from "./carry-out.ts";

const TURN_MS = 10_000;
const STOP_MS = 6_000;

export interface StopKeeper {
	/** Rejects when the loop ends by itself, which is a fault of this service. */
	ended: Promise<void>;
	/** Resolves when the turn under way has ended, or is left to be done again by another process. */
	stop(): Promise<void>;
}

/** Carries out stops and bulk cancels again and again, so that plans that come later are held as well. */
export function keepStops(deps: CarryOutDeps): StopKeeper {
	const stopping = new AbortController();
	const { signal } = stopping;
	const ended = (async () => {
		while (!signal.aborted) {
			await tryCarryOut(deps);
			const options = { signal, ref: false };
			await sleep(TURN_MS, undefined, options).catch(() => undefined);
		}
	})();
	return {
		ended,
		async stop() {
			stopping.abort();
			await settlesWithin(STOP_MS, ended);
		},
	};
}

/** One turn; an outage is only logged, because the next turn comes. */
export async function tryCarryOut(deps: CarryOutDeps): Promise<void> {
	try {
		await carryOutStops(deps, Date.now());
	} catch (error) {
		const isOutage =
			hasCode(error, "STORE_UNAVAILABLE") ||
			hasCode(error, "TEMPORAL_UNAVAILABLE");
		if (!isOutage) throw error;
		deps.log.warn({ error }, "stops could not be carried out, trying again");
	}
}
