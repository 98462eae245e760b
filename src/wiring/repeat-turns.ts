import { setTimeout as sleep } from "node:timers/promises";
import { settlesWithin } from "../deadline.ts";
import type { Parts } from "./parts.ts";

/** A turn under way at the end of the service may take so long; then it is left to be done again by another process. */
const STOP_MS = 6_000;

export interface Repetition {
	/** Of the part that takes the turns. */
	name: string;
	/**
	 * Handles outages itself: what it throws is a fault of this service, and ends it. Answers true when there is more to
	 * do at once.
	 */
	turn(): Promise<void> | Promise<boolean>;
	/** Between two turns: half of it more or less. */
	pauseMs: number;
}

/** Takes a turn again and again, until the service stops. */
export async function repeatTurns(
	{ lifecycle, fail }: Pick<Parts, "lifecycle" | "fail">,
	{ name, turn, pauseMs }: Repetition,
): Promise<void> {
	const stopping = new AbortController();
	const { signal } = stopping;
	const repeat = async () => {
		while (!signal.aborted) {
			if ((await turn()) === true) continue;
			const options = { signal, ref: false };
			const waitMs = untilCommonTime(pauseMs, performance.now());
			await sleep(waitMs, undefined, options).catch(() => undefined);
		}
	};
	const { ended } = await lifecycle.start(
		name,
		async () => ({ ended: repeat() }),
		async (it) => {
			stopping.abort();
			await settlesWithin(STOP_MS, it.ended);
		},
	);
	ended.catch(fail);
}

/**
 * The time until the multiple of the pause that is nearest to its end. Turns with pauses of whole seconds fall
 * together: a process that wakes once for several costs less than one that wakes for each.
 */
export function untilCommonTime(pauseMs: number, nowMs: number): number {
	return Math.round(nowMs / pauseMs + 1) * pauseMs - nowMs;
}
