/** A result that ends its attempt, whatever becomes of it. */
export interface EndedTicket {
	/** Wire id of the attempt. */
	ticket_id: string;
	/** Who executed it, if the result says so. */
	agent_id: string | null;
}

/** Is told of results before their plans are: whatever was kept for their tickets can go. */
export interface EndedTickets {
	/** Returns at once and never throws. */
	ended(tickets: readonly EndedTicket[]): void;
}
