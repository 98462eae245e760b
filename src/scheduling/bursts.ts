import { createEnds } from "./ends.ts";

export interface BurstRules {
	/** Times the usual places in a worker's queue; 1: there is no burst. */
	factor: number;
	/** A burst ends so long after its task type was last saturated. */
	holdMs: number;
}

/**
 * Task types all of whose workers were full a short time ago, as this process saw it. Plans that policy gives burst
 * capacity get more places for them; the burst ends by itself.
 */
export interface Bursts {
	/** These types found no free place. */
	saturated(types: Iterable<string>, nowMs: number): void;
	/** The types among these that a burst is on for; counts a burst when it is first used. */
	use(types: Iterable<string>, nowMs: number): string[];
}

export function createBursts(
	{ factor, holdMs }: BurstRules,
	metrics: {
		/** A burst is used for the first time. */
		burstBegan(type: string): void;
		/** Whether a burst that was used is on. */
		burstIsOn(type: string, isOn: boolean): void;
	},
): Bursts {
	const untilMs = new Map<string, number>();
	const ends = createEnds((type) => metrics.burstIsOn(type, false));

	return {
		saturated(types, nowMs) {
			if (factor <= 1) return;
			for (const type of new Set(types)) {
				untilMs.set(type, nowMs + holdMs);
				if (ends.has(type)) ends.set(type, holdMs);
			}
		},
		use(types, nowMs) {
			return [...new Set(types)].filter((type) => {
				const until = untilMs.get(type) ?? 0;
				if (until <= nowMs) return false;
				if (!ends.has(type)) {
					metrics.burstBegan(type);
					metrics.burstIsOn(type, true);
					ends.set(type, until - nowMs);
				}
				return true;
			});
		},
	};
}
