import { type Books, type Finding, placeName, type Repeats } from "./books.ts";
import { checkAudit } from "./checks/audit.ts";
import { checkCompensation } from "./checks/compensation.ts";
import { checkDecisions } from "./checks/decisions.ts";
import { checkHostile } from "./checks/hostile.ts";
import { checkLateness } from "./checks/lateness.ts";
import { checkOrder } from "./checks/order.ts";
import { checkResults } from "./checks/results.ts";
import { checkStatuses } from "./checks/statuses.ts";
import { checkTickets } from "./checks/tickets.ts";
import { checkVitals } from "./checks/vitals.ts";

/** Everything that is wrong in the books of one fault; nothing when nothing was lost, doubled or mixed up. */
export function checkBooks(books: Books): Finding[] {
	return [
		...books.troubles.map((what) => ({
			kind: "trouble" as const,
			subject: "run",
			what,
		})),
		...checkDecisions(books),
		...checkTickets(books),
		...checkResults(books),
		...checkStatuses(books),
		...checkOrder(books),
		...checkCompensation(books),
		...checkAudit(books),
		...checkVitals(books),
		...checkHostile(books),
		...checkLateness(books),
	];
}

/** What is on a topic more than once with the same identity; the checks say where that is wrong. */
export function countRepeats(books: Books): Repeats {
	return {
		tickets: surplus(books.tickets.map(({ wireId }) => wireId)),
		frames: surplus(books.frames.map(({ id }) => id)),
		incidents: surplus(books.incidents.map(({ id }) => id)),
		deadLetters: surplus(
			books.deadLetters.map(({ source }) => placeName(source)),
		),
	};
}

function surplus(names: readonly string[]): number {
	return names.length - new Set(names).size;
}
