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
import { enterWaits } from "./wait-for-workers.ts";

/** Ends the tickets that were refused, puts back those that wait, and returns the other publications. */
export function enterHeld(
	run: PreparedRun,
	execution: Execution,
	{ publications, held }: { publications: Publication[]; held: HeldTicket[] },
): Publication[] {
	if (held.length === 0) {
		enterWaits(run, execution, publications, () => undefined);
		return publications;
	}
	const byId = new Map(held.map((ticket) => [ticket.ticket_id, ticket]));
	const heldOf = ({ ticket, attempt }: Publication) =>
		byId.get(wireId(execution, ticket, attempt));
	for (const publication of publications) {
		const ticket = heldOf(publication);
		if (ticket === undefined || ticket.kind === "waiting") continue;
		refuse(execution, [publication], { isFinal: true, ...refusalOf(ticket) });
	}
	enterWaits(run, execution, publications, heldOf);
	const denied = held.filter(({ kind }) => kind === "denied").length;
	if (denied > 0) record(run, { kind: "ticketsDenied", count: denied });
	const isOut = held.length < publications.length;
	if (denied < held.length) record(run, { kind: "ticketsHeld", isOut });
	return publications.filter(
		(publication) => heldOf(publication) === undefined,
	);
}

function refusalOf(
	ticket: Exclude<HeldTicket, { kind: "waiting" }>,
): Pick<Ending, "errorMessage" | "rejection"> {
	if (ticket.kind === "rejected") {
		const { rejection } = ticket;
		return { errorMessage: `rejected: ${rejection.reason}`, rejection };
	}
	const { violations } = ticket;
	const reason = denialText(violations);
	return {
		errorMessage: reason,
		rejection: {
			rejected_at: Date.now(),
			rejected_by: "policy",
			reason,
			violations,
		},
	};
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
