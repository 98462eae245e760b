import type { TicketSpec } from "../generate-tickets.ts";
import {
	type Execution,
	stateOf,
	type TicketState,
	type WritableTicket,
	writable,
	writableTicket,
} from "./state.ts";
import { markDirty } from "./transitions.ts";

/** Notes which ticket undoes which: `specs[i]` is the compensation of the ticket at `originals[i]`. */
export function beginCompensation(
	execution: Execution,
	originals: readonly number[],
	specs: readonly TicketSpec[],
): void {
	originals.forEach((ticket, index) => {
		const state = writableTicket(execution, ticket);
		state.compensationTicketId = specs[index]?.ticket_id ?? null;
		state.compensating = true;
		markDirty(execution, ticket);
	});
}

/** Applies the outcomes of the compensations: their originals are compensated, or stay as they are. */
export function settleCompensation(
	execution: Execution,
	originals: readonly number[],
	compensation: Execution,
): void {
	originals.forEach((ticket, index) => {
		const state = writableTicket(execution, ticket);
		const { outcome, finishedAt } = stateOf(compensation, index);
		state.compensating = false;
		if (outcome === "completed") {
			state.outcome = "compensated";
			state.compensatedAt = finishedAt;
		}
		markDirty(execution, ticket);
	});
}

/**
 * Tickets whose compensation was published but not finished, with their state as undone. Treat them as
 * undone: nothing may depend on them.
 */
export function undoneTickets(
	execution: Execution,
	originals: readonly number[],
	compensation: Execution,
): [ticket: number, undone: TicketState][] {
	return originals.flatMap((ticket, index) => {
		const state = stateOf(execution, ticket);
		const { attempts, outcome, finishedAt } = stateOf(compensation, index);
		const isOut = attempts.some(
			({ tried, publishedAt }) => tried || publishedAt !== null,
		);
		if (!state.compensating || !isOut) return [];
		const undone: TicketState = {
			...state,
			outcome: "compensated",
			compensating: false,
			compensatedAt: outcome === "completed" ? finishedAt : null,
		};
		return [[ticket, undone]];
	});
}

/** Marks these tickets as undone. */
export function enterUndone(
	execution: Execution,
	undone: readonly [ticket: number, undone: TicketState][],
): void {
	for (const [ticket, state] of undone) {
		writable(execution).tickets[ticket] = state as WritableTicket;
		markDirty(execution, ticket);
	}
}

/** Forgets compensations that were never published: their originals are still to be undone if the plan fails again. */
export function withdrawCompensation(execution: Execution): void {
	writable(execution).tickets.forEach((state, ticket) => {
		if (!state.compensating) return;
		state.compensating = false;
		state.compensationTicketId = null;
		markDirty(execution, ticket);
	});
}
