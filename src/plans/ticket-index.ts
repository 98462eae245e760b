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
	 * Plan ids of those wire ids that are known: this process, then one look-up in Redis, then one in
	 * MongoDB for the rest. Never throws: an id is absent when it is unknown or its store is away.
	 */
	resolve(ids: readonly string[]): Promise<Map<string, string>>;
}
