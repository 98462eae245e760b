import { settlesWithin } from "../deadline.ts";
import type { Stop } from "../domain/stop-order.ts";
import { hasCode, OrchestratorError } from "../errors.ts";
import type { StopStore } from "./store.ts";

/** The stops that hold, as this process knows them. */
export interface CurrentStops {
	/**
	 * A few seconds old at most; while MongoDB is away or slow the last known ones: nobody who starts plans waits for
	 * it for longer than half a second. Throws STORE_UNAVAILABLE as long as this process has never read them: a stop
	 * that nobody knows may hold.
	 */
	list(): Promise<readonly Stop[]>;
}

const FRESH_MS = 2_000;
/** After a time without questions what is known may be much older than that. */
const STALE_MS = 10_000;
const PATIENCE_MS = 500;
/** Of the first reading: without it nothing is taken. */
const FIRST_PATIENCE_MS = 5_000;

export function createCurrentStops(
	store: Pick<StopStore, "readStops">,
): CurrentStops {
	let stops: readonly Stop[] | undefined;
	let readAtMs = 0;
	let reading: Promise<void> | undefined;
	/** A fault of this service, for whoever asks next. */
	let fault: unknown;

	async function read(): Promise<void> {
		try {
			const found = await store.readStops(Date.now());
			stops = found.filter(({ released }) => released === null);
			readAtMs = Date.now();
		} catch (error) {
			if (!hasCode(error, "STORE_UNAVAILABLE")) fault = error;
		} finally {
			reading = undefined;
		}
	}

	return {
		async list() {
			const ageMs = Date.now() - readAtMs;
			if (ageMs >= FRESH_MS) reading ??= read();
			if (reading !== undefined && ageMs >= STALE_MS)
				await settlesWithin(
					stops === undefined ? FIRST_PATIENCE_MS : PATIENCE_MS,
					reading,
				);
			if (fault !== undefined) throw fault;
			if (stops === undefined)
				throw new OrchestratorError(
					"STORE_UNAVAILABLE",
					"whether intake is stopped cannot be told: MongoDB was away since this process began",
				);
			return stops;
		},
	};
}

/** `ada since 2026-11-30T10:00:00.000Z: change freeze`. */
export function whoAndWhy({ actor, since, reason }: Stop): string {
	return `by ${actor} since ${new Date(since).toISOString()}: ${reason}`;
}

/** Who has stopped intake, since when and why, or why nobody knows; undefined: nobody has. */
export async function whyIntakeIsStopped(
	stops: CurrentStops,
): Promise<string | undefined> {
	try {
		const stop = (await stops.list()).find(({ scope }) => scope === "intake");
		return stop && whoAndWhy(stop);
	} catch (error) {
		if (!hasCode(error, "STORE_UNAVAILABLE")) throw error;
		return error.message;
	}
}
