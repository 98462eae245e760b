import type { Stop } from "../domain/stop-order.ts";
import { hasCode } from "../errors.ts";
import type { StopStore } from "./store.ts";

/** The stops that hold, as this process knows them. */
export interface CurrentStops {
	/** At most two seconds old; while MongoDB is away the last known ones. Never throws for that. */
	list(): Promise<readonly Stop[]>;
}

const FRESH_MS = 2_000;

export function createCurrentStops(
	store: Pick<StopStore, "readStops">,
): CurrentStops {
	let stops: readonly Stop[] = [];
	let readAtMs = 0;
	let reading: Promise<void> | undefined;

	async function read(): Promise<void> {
		readAtMs = Date.now();
		try {
			const found = await store.readStops(Date.now());
			stops = found.filter(({ released }) => released === null);
		} catch (error) {
			if (!hasCode(error, "STORE_UNAVAILABLE")) throw error;
		}
	}

	return {
		async list() {
			if (Date.now() - readAtMs >= FRESH_MS)
				reading ??= read().finally(() => {
					reading = undefined;
				});
			await reading;
			return stops;
		},
	};
}

/** `ada since 2026-11-30T10:00:00.000Z: change freeze`. */
export function whoAndWhy({ actor, since, reason }: Stop): string {
	return `by ${actor} since ${new Date(since).toISOString()}: ${reason}`;
}

/** Who has stopped intake, since when and why; undefined: nobody has. */
export async function whyIntakeIsStopped(
	stops: CurrentStops,
): Promise<string | undefined> {
	const stop = (await stops.list()).find(({ scope }) => scope === "intake");
	return stop && whoAndWhy(stop);
}
