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
	 * From wire id to plan id. Looks in this process, then in Redis, then in MongoDB for the rest, with one look-up
	 * each. Never throws: an id is absent when it is unknown or its store is away.
	 */
	resolve(ids: readonly string[]): Promise<Map<string, string>>;
	/**
	 * The same, without MongoDB where Redis answers: publication writes an id to Redis first, and ids that
	 * somebody made up would otherwise cost a look-up of all attempts each.
	 */
	resolveCached(ids: readonly string[]): Promise<CachedTickets>;
}

export interface CachedTickets {
	/** From wire id to plan id. */
	planIds: Map<string, string>;
	/** Redis answered: an absent id was most likely never published. False: nothing can be said about it. */
	isConclusive: boolean;
}
