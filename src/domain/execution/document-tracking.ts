import type { DocumentWrite } from "../documents.ts";
import { type TicketContext, ticketWrites } from "../ticket-documents.ts";
import {
	type Execution,
	type WritableTicket,
	writable,
	writableTicket,
} from "./state.ts";
import { markDirty } from "./transitions.ts";

/** The tickets in one batch of writes, to be marked when the batch is stored, or is not. */
export interface TakenTickets {
	execution: Execution;
	/** With the state that was written: a rerun may put another one in its place meanwhile. */
	tickets: { ticket: number; state: WritableTicket; attempts: number[] }[];
}

/** Takes the changes since the last call: the writes, and the tickets to mark when they are done. */
export function takeTicketWrites(
	context: TicketContext,
	revision: string,
	nowMs: number,
): { writes: DocumentWrite[]; taken: TakenTickets } {
	const { execution } = context;
	const writes: DocumentWrite[] = [];
	const taken: TakenTickets = { execution, tickets: [] };
	for (const ticket of execution.dirty) {
		writes.push(...ticketWrites(context, ticket, revision, nowMs));
		const attempts: number[] = [];
		const state = writableTicket(execution, ticket);
		state.attempts.forEach((attempt, index) => {
			if (!attempt.dirty || attempt.publishedAt === null) return;
			attempt.dirty = false;
			attempts.push(index);
		});
		taken.tickets.push({ ticket, state, attempts });
	}
	writable(execution).dirty.clear();
	return { writes, taken };
}

/** The writes are stored: from now on only changes are written, and outputs leave the state. */
export function markStored({ execution, tickets }: TakenTickets): void {
	for (const { ticket, state, attempts } of tickets) {
		state.documented = true;
		if (!execution.dirty.has(ticket)) state.output = null;
		for (const index of attempts) {
			const attempt = state.attempts[index];
			if (attempt !== undefined) attempt.documented = true;
		}
	}
}

/** The writes may not be stored: the tickets are due to be written again. */
export function markUnstored({ execution, tickets }: TakenTickets): void {
	for (const { ticket, state, attempts } of tickets) {
		// A rerun already queued the whole document of the replaced ticket.
		if (writableTicket(execution, ticket) !== state) continue;
		markDirty(execution, ticket);
		for (const index of attempts) {
			const attempt = state.attempts[index];
			if (attempt !== undefined) attempt.dirty = true;
		}
	}
}
