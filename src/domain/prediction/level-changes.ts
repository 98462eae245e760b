import { LEAST_SHIFT } from "./drift.ts";
import type { LevelChange } from "./model.ts";
import type { FinishedTicket } from "./prediction.ts";
import { median, robustSpread } from "./quantiles.ts";

/** Fewer tickets of a type show no change. */
const FEWEST = 40;
/** In standard errors: the best of many places is looked for. */
const LEAST_Z = 5;
/** A ticket counts as at most so many spreads off. */
const CLIPPED_SPREADS = 2;

/**
 * Where the durations of a type have come to another level and stayed there. `residuals`: log of actual over predicted
 * duration of each ticket, by a prediction that knows no time; oldest first. `shifts` added to them make all as they
 * would be at the newest level; `changes` are the newest of each type that has any.
 */
export function findChanges(
	tickets: readonly FinishedTicket[],
	residuals: Float64Array,
): { shifts: Float64Array; changes: LevelChange[] } {
	const shifts = new Float64Array(tickets.length);
	const changes: LevelChange[] = [];
	const byType = Map.groupBy(
		tickets.keys(),
		(row) => (tickets[row] as FinishedTicket).task_type,
	);
	for (const [task_type, rows] of byType) {
		const own = Float64Array.from(rows, (row) => residuals[row] as number);
		const begins = beginsOf(own);
		const levels = begins.map((from, at) =>
			median(own.subarray(from, begins[at + 1])),
		);
		const newest = levels.at(-1) as number;
		const before = levels.at(-2);
		if (before === undefined) continue;
		rows.forEach((row, at) => {
			const segment = begins.findLastIndex((from) => from <= at);
			shifts[row] = newest - (levels[segment] as number);
		});
		const first = tickets[rows[begins.at(-1) as number] as number];
		changes.push({
			...{ task_type, since_ms: first?.ended_at_ms ?? 0 },
			percent: Math.round(100 * (Math.exp(newest - before) - 1)),
		});
	}
	return { shifts, changes };
}

/** Places where a level begins, the first first. */
function beginsOf(values: Float64Array, from = 0): number[] {
	const at = splitOf(values);
	if (at === null) return [from];
	return [
		...beginsOf(values.subarray(0, at), from),
		...beginsOf(values.subarray(at), from + at),
	];
}

/** Where the means before and after differ most certainly; null: nowhere certainly and by enough. */
function splitOf(values: Float64Array): number | null {
	if (values.length < 2 * FEWEST) return null;
	const centre = median(values);
	const limit = CLIPPED_SPREADS * robustSpread(values);
	const clipped = values.map((value) =>
		Math.min(limit, Math.max(-limit, value - centre)),
	);
	const total = clipped.reduce((sum, value) => sum + value, 0);
	const squares = clipped.reduce((sum, value) => sum + value * value, 0);
	const count = values.length;
	const deviation = Math.sqrt(squares / count - (total / count) ** 2);
	let best = 0;
	let place = 0;
	let sum = 0;
	for (let at = 1; at <= count - FEWEST; at++) {
		sum += clipped[at - 1] as number;
		if (at < FEWEST) continue;
		const step = Math.abs(sum / at - (total - sum) / (count - at));
		const z = step / (deviation * Math.sqrt(1 / at + 1 / (count - at)));
		if (z > best) [best, place] = [z, at];
	}
	if (best < LEAST_Z) return null;
	const shift =
		median(values.subarray(place)) - median(values.subarray(0, place));
	return Math.abs(shift) < LEAST_SHIFT ? null : place;
}
