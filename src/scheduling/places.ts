import type { Holdings } from "../domain/scheduling/choose-workers.ts";

/** Who knows of a reservation: all processes, or only this one because Redis is away. */
export type ReservedIn = "shared" | "local";

/** A place in an agent's queue that a ticket asks for. */
export interface PlaceRequest {
	/** Wire id of the attempt. */
	ticket_id: string;
	/** Wire id of the attempt before, whose place is free now. */
	former_ticket_id: string | null;
	isCritical: boolean;
	/** A more urgent ticket may have its place while it is executed. */
	isPreemptable: boolean;
	/** The place is free again after this time, whatever happens. */
	lapseMs: number;
	/** In the order of preference. */
	agents: { agent_id: string; places: number }[];
}

export interface ChunkRequest {
	plan_id: string;
	intent_id: string;
	tickets: PlaceRequest[];
}

/** Places in the agents' queues that are taken. */
export interface PlaceStore {
	/** Reads what is on the agents, unless it is known well enough. */
	refresh(): Promise<void>;
	/** What is on the agents, as far as it is known. */
	holdings(planId: string, intentId: string): Holdings;
	/**
	 * Takes a place for every ticket at the first of its agents that has one, all in one step; null where none
	 * has. A ticket that has a place keeps it if it still asks for that agent. May be repeated.
	 */
	reserve(chunk: ChunkRequest): Promise<(string | null)[]>;
	/** Frees the places of these tickets; the agent of each, null where there was no place. May be repeated. */
	free(ticketIds: readonly string[]): Promise<(string | null)[]>;
	/** Frees all places of agents that are gone. */
	freeAgents(agentIds: readonly string[]): Promise<number>;
}
