/** A result that ends its attempt, whatever becomes of it. */
export interface EndedTicket {
	/** Wire id of the attempt. */
	ticket_id: string;
	/** Who executed it, if the result says so. */
	agent_id: string | null;
	/** Absent: it says nothing of who executed it. */
	outcome?: "success" | "failure" | undefined;
	/** How long it took, as its worker says; null: it does not say. */
	actual_ms?: number | null;
}

/** Is told of results before their plans are: whatever was kept for their tickets can go. */
export interface EndedTickets {
	/** Returns at once and never throws. */
	ended(tickets: readonly EndedTicket[]): void;
}
