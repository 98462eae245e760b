import type { DocumentWrite } from "../documents.ts";
import { type TicketContext, ticketWrites } from "../ticket-documents.ts";
import {
	type Execution,
	type WritableTicket,
	writable,
	writableTicket,
} from "./state.ts";
import { markDirty } from "./transitions.ts";

/** The tickets whose newest state one batch of writes shows, so that they can be marked when it has landed or has not. */
export interface TakenTickets {
	execution: Execution;
	/** With the state that was written: a rerun puts another one in its place meanwhile. */
	tickets: { ticket: number; state: WritableTicket; attempts: number[] }[];
}

/** Takes what has changed since the last call: the writes, and what to settle when they are done. */
export function takeTicketWrites(
	books: TicketContext,
	revision: string,
	nowMs: number,
): { writes: DocumentWrite[]; taken: TakenTickets } {
	const { execution } = books;
	const writes: DocumentWrite[] = [];
	const taken: TakenTickets = { execution, tickets: [] };
	for (const ticket of execution.dirty) {
		writes.push(...ticketWrites(books, ticket, revision, nowMs));
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

/** The writes have landed: from now on only changes are written, and outputs leave the state. */
export function settleLanded({ execution, tickets }: TakenTickets): void {
	for (const { ticket, state, attempts } of tickets) {
		state.documented = true;
		if (!execution.dirty.has(ticket)) state.output = null;
		for (const index of attempts) {
			const attempt = state.attempts[index];
			if (attempt !== undefined) attempt.documented = true;
		}
	}
}

/** The writes may not have landed: they are due again. */
export function settleLost({ execution, tickets }: TakenTickets): void {
	for (const { ticket, state, attempts } of tickets) {
		// What a rerun replaced was put in line whole.
		if (writableTicket(execution, ticket) !== state) continue;
		markDirty(execution, ticket);
		for (const index of attempts) {
			const attempt = state.attempts[index];
			if (attempt !== undefined) attempt.dirty = true;
		}
	}
}
