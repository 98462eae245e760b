import type { TicketFacts } from "./prediction.ts";

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
/** More than half of the day. */
const MIN_HOURS = 13;

/**
 * The tickets as they are if most hours of the day were seen on two dates, UTC; else all at one hour: there the hour tells how
 * far the history has gone, and what it says at its end would be said ever after. What never differs in training says
 * nothing later. `seen`: those that trees learn from.
 */
export function withSoundHours<Ticket extends Pick<TicketFacts, "at_ms">>(
	tickets: readonly Ticket[],
	seen: readonly Ticket[] = tickets,
): readonly Ticket[] {
	const hours = new Set(seen.map(({ at_ms }) => Math.floor(at_ms / HOUR_MS)));
	const dates = Map.groupBy(hours, (hour) => hour % DAY_HOURS);
	const again = [...dates.values()].filter(({ length }) => length > 1);
	const at_ms = tickets[0]?.at_ms;
	if (again.length >= MIN_HOURS || at_ms === undefined) return tickets;
	return tickets.map((ticket) => ({ ...ticket, at_ms }));
}
