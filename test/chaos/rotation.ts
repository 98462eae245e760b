import type { Fault } from "./fault.ts";

/** What CI runs on one day. */
export interface Turn {
	/** Days since 1970, UTC. */
	day: number;
	faults: readonly Fault[];
	/** How many days the rotation takes to come round. */
	periodDays: number;
}

const DAY_MS = 86_400_000;
const WEEK_DAYS = 7;

/** Days since 1970 of a date like `2026-11-30`; throws when there is no such day. */
export function dayOf(date: string): number {
	const atMs = Date.parse(`${date}T00:00:00Z`);
	const isDay =
		/^\d{4}-\d\d-\d\d$/.test(date) &&
		!Number.isNaN(atMs) &&
		new Date(atMs).toISOString().startsWith(date);
	if (isDay) return atMs / DAY_MS;
	throw new Error(`--date is "${date}"; it must be a day, as 2026-11-30`);
}

export function dateOf(day: number): string {
	return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/**
 * The faults of the day: as many as fit into the budget, taken from a circle of all of them, each day from
 * where the day before ended; so each comes at least once in every `periodDays`. Throws when that is more
 * than a week. A fault that is larger than the budget has a day of its own.
 */
export function chooseByDate(
	table: readonly Fault[],
	day: number,
	budgetSeconds: number,
): Turn {
	const groups = divide(table, budgetSeconds);
	const periodDays = groups.length;
	if (periodDays > WEEK_DAYS)
		throw new Error(
			`the faults take ${periodDays} days to come round, which is more than a week: give --short more time or the faults less`,
		);
	const own = groups[day % periodDays] ?? [];
	return { day, periodDays, faults: fill(own, table, budgetSeconds) };
}

/** Neighbours that fit together. */
function divide(
	table: readonly Fault[],
	budgetSeconds: number,
): readonly Fault[][] {
	const groups: Fault[][] = [];
	let left = 0;
	for (const fault of table) {
		left -= fault.shortSeconds;
		if (left < 0 || groups.length === 0) {
			groups.push([]);
			left = budgetSeconds - fault.shortSeconds;
		}
		groups.at(-1)?.push(fault);
	}
	return groups;
}

/** The last day's time is not wasted: what comes next in the circle runs as well, while it fits. */
function fill(
	own: readonly Fault[],
	table: readonly Fault[],
	budgetSeconds: number,
): Fault[] {
	const chosen = [...own];
	let left =
		budgetSeconds -
		own.reduce((sum, { shortSeconds }) => sum + shortSeconds, 0);
	const start = table.indexOf(own.at(-1) as Fault) + 1;
	for (const fault of [...table.slice(start), ...table.slice(0, start)]) {
		left -= fault.shortSeconds;
		if (left < 0 || chosen.includes(fault)) break;
		chosen.push(fault);
	}
	return chosen.sort((a, b) => a.number - b.number);
}
