import type { ExecutingTicket } from "../registry/executing.ts";

/** Whether a ticket of this priority may have a running one make room. */
export function mayPreempt(priority: string): boolean {
	return priority === "HIGH" || priority === "CRITICAL";
}

/** Whether a running ticket may be made to: one of the least priority, never a critical one, and only at its first attempt. */
export function mayBePreempted(
	priority: string,
	isCritical: boolean,
	attempt: number,
): boolean {
	return priority === "LOW" && !isCritical && attempt === 1;
}

/** A ticket that an agent executes, and how the agent is told to give it up. */
export interface ExecutedTicket {
	agent_id: string;
	/** `http://host:port`. */
	endpoint: string;
	ticket_id: string;
}

/** The tickets that agents execute: those that began last first, because least of their work is lost. */
export function orderExecuted(
	agents: readonly {
		agent_id: string;
		endpoint: string;
		executing: readonly ExecutingTicket[];
	}[],
): ExecutedTicket[] {
	return agents
		.flatMap(({ executing, ...agent }) =>
			executing.map((ticket) => ({ ...agent, ...ticket })),
		)
		.sort((a, b) => b.since_ms - a.since_ms)
		.map(({ since_ms: _, ...ticket }) => ticket);
}
