import type { HeldTicket } from "../activities/dispatch-tickets.ts";
import { type Execution, wireId } from "../src/domain/execution/state.ts";
import {
	type Ending,
	failPublications,
	type Publication,
} from "../src/domain/execution/transitions.ts";
import { denialText } from "../src/domain/policy-problems.ts";
import { record } from "./record-events.ts";
import type { PreparedRun } from "./run-state.ts";

/** Ends the tickets that were held back, and returns the other publications. */
export function enterHeld(
	run: PreparedRun,
	execution: Execution,
	{ publications, held }: { publications: Publication[]; held: HeldTicket[] },
): Publication[] {
	if (held.length === 0) return publications;
	const byId = new Map(held.map((ticket) => [ticket.ticket_id, ticket]));
	const heldOf = ({ ticket, attempt }: Publication) =>
		byId.get(wireId(execution, ticket, attempt));
	for (const publication of publications) {
		const { violations } = heldOf(publication) ?? {};
		if (violations === undefined) continue;
		const reason = denialText(violations);
		refuse(execution, [publication], {
			errorMessage: reason,
			isFinal: true,
			rejection: {
				rejected_at: Date.now(),
				rejected_by: "policy",
				reason,
				violations,
			},
		});
	}
	record(run, { kind: "ticketsDenied", count: held.length });
	return publications.filter(
		(publication) => heldOf(publication) === undefined,
	);
}

/** Ends the attempts of tickets that are on no topic. */
export function refuse(
	execution: Execution,
	publications: Publication[],
	ending: Pick<Ending, "errorMessage" | "isFinal" | "rejection">,
): void {
	const at = Date.now();
	failPublications(execution, publications, {
		outcome: "failed",
		at,
		...ending,
	});
}
