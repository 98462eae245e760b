import type { Holdings } from "../domain/scheduling/choose-workers.ts";
import type { Trace, TraceOutcome } from "../domain/scheduling/traces.ts";

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
	agents: {
		agent_id: string;
		places: number;
		/** How long it will take there, as far as anybody knows, whole ms. */
		ms: number;
	}[];
	/** `groupOf` the ticket: what its outcome leaves a trace of. */
	traceKey: string;
	/** Median of its prediction by a model, whole ms; absent: there is none. */
	predictedMs?: number | undefined;
}

export interface ChunkRequest {
	plan_id: string;
	intent_id: string;
	tickets: PlaceRequest[];
}

/** A ticket whose place is free now. */
export interface FreedTicket {
	ticket_id: string;
	/** Absent: it says nothing of the agent. */
	outcome?: TraceOutcome | undefined;
	/** Who executed it; absent: the agent with the place. */
	agent_id?: string | null;
	/** How long it took, as its worker says. */
	actual_ms?: number | null;
}

/** Places in the agents' queues that are taken. */
export interface PlaceStore {
	/** Reads what is on the agents and the traces of these kinds of tickets, unless it is known well enough. */
	refresh(traceKeys?: readonly string[]): Promise<void>;
	/** Traces by agent; undefined: they are off, or nobody knows them now. */
	traces(traceKey: string): ReadonlyMap<string, Trace> | undefined;
	/** What is on the agents, as far as it is known. */
	holdings(planId: string, intentId: string): Holdings;
	/**
	 * Takes a place for every ticket at the first of its agents that has one, all in one step; null where none
	 * has. A ticket that has a place keeps it if it still asks for that agent. May be repeated.
	 */
	reserve(chunk: ChunkRequest): Promise<(string | null)[]>;
	/**
	 * Frees the places of these tickets, and leaves the traces of those that have an outcome; the agent of each, null
	 * where there was no place. May be repeated: there is one trace for a place.
	 */
	free(tickets: readonly FreedTicket[]): Promise<(string | null)[]>;
	/** Frees all places of agents that are gone. */
	freeAgents(agentIds: readonly string[]): Promise<number>;
}
