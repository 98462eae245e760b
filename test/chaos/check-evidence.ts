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
import {
	type Evidence,
	type Finding,
	placeName,
	type Repeats,
} from "./evidence.ts";

/** Everything that is wrong in the evidence of one fault; nothing when nothing was lost, doubled or mixed up. */
export function checkEvidence(evidence: Evidence): Finding[] {
	return [
		...evidence.troubles.map((what) => ({
			kind: "trouble" as const,
			subject: "run",
			what,
		})),
		...checkDecisions(evidence),
		...checkTickets(evidence),
		...checkResults(evidence),
		...checkStatuses(evidence),
		...checkOrder(evidence),
		...checkCompensation(evidence),
		...checkAudit(evidence),
		...checkVitals(evidence),
		...checkHostile(evidence),
		...checkLateness(evidence),
	];
}

/** What is on a topic more than once with the same identity; the checks say where that is wrong. */
export function countRepeats(evidence: Evidence): Repeats {
	return {
		tickets: surplus(evidence.tickets.map(({ wireId }) => wireId)),
		frames: surplus(evidence.frames.map(({ id }) => id)),
		incidents: surplus(evidence.incidents.map(({ id }) => id)),
		deadLetters: surplus(
			evidence.deadLetters.map(({ source }) => placeName(source)),
		),
	};
}

function surplus(names: readonly string[]): number {
	return names.length - new Set(names).size;
}
