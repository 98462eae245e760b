/** What the API says of a ticket. FAILED is said only when it is final (protocol.md, "Ticket and attempt"). */
export type TicketStatus =
	| { kind: "completed" }
	| { kind: "failed"; message: string }
	/** Not finished, not known yet, or the API did not answer: `reason` says which. */
	| { kind: "open"; reason: string };

export interface TicketApi {
	/** Never rejects but for the signal: an API that is away leaves the ticket open. */
	status(ticketId: string, signal: AbortSignal): Promise<TicketStatus>;
}

const REQUEST_TIMEOUT_MS = 5_000;

/** Asks `GET {apiUrl}/api/v1/tickets/:ticket_id`, as the agents in the field ask the ticket service. */
export function createTicketApi(apiUrl: string): TicketApi {
	return {
		async status(ticketId, signal) {
			const url = new URL(
				`/api/v1/tickets/${encodeURIComponent(ticketId)}`,
				apiUrl,
			);
			try {
				const response = await fetch(url, {
					signal: AbortSignal.any([
						signal,
						AbortSignal.timeout(REQUEST_TIMEOUT_MS),
					]),
				});
				const body: unknown = await response.json();
				return response.ok
					? judgeStatus(body)
					: { kind: "open", reason: `the API answered ${response.status}` };
			} catch (error) {
				signal.throwIfAborted();
				return { kind: "open", reason: `the API is away: ${String(error)}` };
			}
		},
	};
}

/** Reads the answer for one ticket; what is undone again cannot be built upon. */
export function judgeStatus(body: unknown): TicketStatus {
	const { status, error_message } = body as Record<string, unknown>;
	switch (status) {
		case "COMPLETED":
			return { kind: "completed" };
		case "FAILED":
		case "COMPENSATING":
		case "COMPENSATED":
			return {
				kind: "failed",
				message: `is ${status}${error_message ? `: ${error_message}` : ""}`,
			};
		default:
			return { kind: "open", reason: `is ${String(status)}` };
	}
}
