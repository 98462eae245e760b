import { BUDGET_DAYS, type EndedCount } from "./error-budget.ts";

const MINUTE_MS = 60_000;
const WINDOW_MS = BUDGET_DAYS * 86_400_000;

/** Plans that ended within one minute; Unix epoch, ms. */
export interface EndedMinute extends EndedCount {
	minute: number;
}

/** How plans ended within the window of a budget, by the minute. */
export interface EndedPlans {
	/** Replaces what is known of `[fromMs, toMs)`, whole minutes, and forgets what is older than the window. */
	replace(fromMs: number, toMs: number, minutes: readonly EndedMinute[]): void;
	count(nowMs: number, windowMs: number): EndedCount;
	/** The minute of the last plan that did not end well; null: there is none. */
	lastBadAtMs(): number | null;
}

/** At most one entry for each minute of 30 days, whatever the number of plans. */
export function createEndedPlans(): EndedPlans {
	const known = new Map<number, EndedCount>();
	return {
		replace(fromMs, toMs, minutes) {
			for (const minute of known.keys())
				if (
					(minute >= fromMs && minute < toMs) ||
					minute < toMs - WINDOW_MS - MINUTE_MS
				)
					known.delete(minute);
			for (const { minute, total, bad } of minutes)
				known.set(minute, { total, bad });
		},
		count(nowMs, windowMs) {
			let total = 0;
			let bad = 0;
			for (const [minute, ended] of known) {
				// A minute that lies partly in the window counts whole.
				if (minute + MINUTE_MS <= nowMs - windowMs) continue;
				total += ended.total;
				bad += ended.bad;
			}
			return { total, bad };
		},
		lastBadAtMs() {
			let last: number | null = null;
			for (const [minute, { bad }] of known)
				if (bad > 0 && minute > (last ?? 0)) last = minute;
			return last;
		},
	};
}

/** The beginning of the minute. */
export function minuteOf(atMs: number): number {
	return Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
}
