import { LRUCache } from "lru-cache";
import { createPause } from "./pause.ts";

/** What agents tell each other about tickets; Redis in the field. Every call may reject when it is away. */
export interface ClaimStore {
	/** Marks the ticket as being worked on, unless somebody else has done so; answers how it stands then. */
	take(
		ticketId: string,
		agentId: string,
	): Promise<{ finished: boolean; holder: string | null }>;
	/** Marks the ticket as being worked on by this agent, whoever held it before. */
	takeOver(ticketId: string, agentId: string): Promise<void>;
	finish(ticketId: string): Promise<void>;
	release(ticketId: string): Promise<void>;
	/** Whether the agent's lease in the worker registry holds. */
	isAlive(agentId: string): Promise<boolean>;
}

/** Keeps an agent from working on a ticket twice, by memory alone while the store is away. */
export interface TicketClaims {
	/** Resolves to `mine`, or to `finished` when nobody has to work on it any more. While another living agent works on it, waits. */
	claim(ticketId: string, signal: AbortSignal): Promise<"mine" | "finished">;
	finish(ticketId: string): Promise<void>;
	/** Gives a ticket back unfinished, for whoever reads it next. */
	release(ticketId: string): Promise<void>;
}

const REMEMBERED_TICKETS = 100_000;
/** How often a ticket in another agent's hands is looked at again. */
const HELD_INTERVAL_MS = 1_000;

/** The claims of one agent. `onStoreAway` is told each time the store did not answer. */
export function createTicketClaims(
	agentId: string,
	store: ClaimStore | undefined,
	onStoreAway: (error: unknown) => void,
): TicketClaims {
	const finished = new LRUCache<string, true>({ max: REMEMBERED_TICKETS });
	const pause = createPause();

	/** Work goes on without the store: a ticket done twice is a duplicate result, which is harmless. */
	async function ask<T>(question: Promise<T> | undefined): Promise<T | null> {
		try {
			return (await question) ?? null;
		} catch (error) {
			onStoreAway(error);
			return null;
		}
	}

	async function stand(
		ticketId: string,
	): Promise<"mine" | "finished" | "held"> {
		if (finished.has(ticketId)) return "finished";
		const known = await ask(store?.take(ticketId, agentId));
		if (known === null) return "mine";
		if (known.finished) return "finished";
		if (known.holder === agentId) return "mine";
		// Freed between the two halves of the question: ask again.
		if (known.holder === null) return "held";
		if ((await ask(store?.isAlive(known.holder))) !== false) return "held";
		await ask(store?.takeOver(ticketId, agentId));
		return "mine";
	}

	return {
		async claim(ticketId, signal) {
			for (;;) {
				const standing = await stand(ticketId);
				signal.throwIfAborted();
				if (standing !== "held") return standing;
				await pause.wait(HELD_INTERVAL_MS, signal);
			}
		},
		async finish(ticketId) {
			finished.set(ticketId, true);
			await ask(store?.finish(ticketId));
		},
		async release(ticketId) {
			await ask(store?.release(ticketId));
		},
	};
}
