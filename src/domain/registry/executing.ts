/** A ticket that an agent works on. */
export interface ExecutingTicket {
	ticket_id: string;
	/** Unix epoch ms. */
	since_ms: number;
}

const NAMED_MAX = 50;
const ID_LENGTH_MAX = 250;

/** What the agent says that it works on, in its metadata; null when it does not say, or not as it should. */
export function readExecuting(
	text: string | undefined,
): ExecutingTicket[] | null {
	try {
		const said: unknown = JSON.parse(text ?? "null");
		if (!Array.isArray(said)) return null;
		const tickets = said.slice(0, NAMED_MAX).map((one: unknown) => {
			const { ticket_id, since_ms } = (one ?? {}) as Partial<ExecutingTicket>;
			return typeof ticket_id === "string" &&
				ticket_id.length <= ID_LENGTH_MAX &&
				Number.isSafeInteger(since_ms)
				? [{ ticket_id, since_ms: since_ms as number }]
				: [];
		});
		return tickets.flat();
	} catch {
		return null;
	}
}
