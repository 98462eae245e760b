import type { AgentTicket } from "../../../../stack/agents/read-ticket.ts";

/** A ticket as an agent has read it. */
export function agentTicket(spec: Partial<AgentTicket> = {}): AgentTicket {
	return {
		ticketId: "t-1",
		logicalId: spec.ticketId ?? "t-1",
		taskId: "a",
		taskType: "EXECUTE",
		dependencies: [],
		parameters: {},
		retryCount: 0,
		timeoutMs: 60_000,
		maxRetries: 0,
		orchestratorVersion: "V1",
		token: null,
		body: { ticket_id: spec.ticketId ?? "t-1" },
		...spec,
	};
}
