export interface TicketEntry {
	/** Wire id of an attempt. */
	ticket_id: string;
	plan_id: string;
}

/** From the wire id of an attempt to the plan it belongs to. */
export interface TicketIndex {
	/** Remembers in this process and in Redis. Best effort: never throws, failures are counted. */
	remember(entries: readonly TicketEntry[]): Promise<void>;
	/**
	 * Looks in this process, then in Redis, then in MongoDB for the rest, with one look-up each. Never throws: an
	 * id is absent when it is unknown or its store is away.
	 */
	resolve(ids: readonly string[]): Promise<ResolvedTickets>;
}

export interface ResolvedTickets {
	/** From wire id to plan id. */
	planIds: Map<string, string>;
	/**
	 * Redis answered. Publication writes an id there first, so an absent id was most likely never published;
	 * false: nothing can be said about absent ids.
	 */
	isConclusive: boolean;
}
