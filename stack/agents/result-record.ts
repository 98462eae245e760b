import type { ExecutionResult } from "../../schemas/execution-result.ts";
import type { AgentTicket } from "./read-ticket.ts";

/** How an attempt ended, or that it has begun. */
export interface AttemptReport {
	status: ExecutionResult["status"];
	errorMessage: string | null;
	durationMs: number | null;
	/** It was given up for a more urgent ticket. */
	preempted?: true;
}

/** Why a ticket goes to the dead letter topic. */
export interface DeadLetterCause {
	errorType: string;
	message: string;
	retryCount: number;
}

/** The record on `execution.results` (contracts.md, "Execution results"). It names no plan: agents do not tell. */
export function toExecutionResult(
	ticket: AgentTicket,
	agentId: string,
	{ status, errorMessage, durationMs, preempted }: AttemptReport,
	nowMs: number,
): ExecutionResult {
	const success = status === "COMPLETED";
	return {
		ticket_id: ticket.ticketId,
		status,
		result: {
			success,
			output: success ? describeOutput(ticket) : {},
			metadata: {
				agent_id: agentId,
				simulated: "true",
				...(preempted && { preempted: "true" }),
				...(ticket.token !== null && { ticket_token: ticket.token }),
			},
			logs: [],
		},
		error_message: errorMessage,
		actual_duration_ms: durationMs,
		agent_id: agentId,
		timestamp: nowMs,
		schema_version: 1,
	};
}

function describeOutput({ taskId, taskType }: AgentTicket) {
	return { task_id: taskId, summary: `${taskType.toLowerCase()} done` };
}

/** The record on `execution.tickets.dlq`: the ticket as it came plus `dlq_metadata` (contracts.md, "Worker agents"). */
export function toDeadLetter(
	body: unknown,
	{ errorType, message, retryCount }: DeadLetterCause,
	nowMs: number,
): Record<string, unknown> {
	const ticket =
		typeof body === "object" && body !== null && !Array.isArray(body)
			? body
			: { original: body };
	return {
		...ticket,
		dlq_metadata: {
			original_error: message,
			error_type: errorType,
			retry_count: retryCount,
			last_failure_timestamp: nowMs,
			dlq_published_at: nowMs,
		},
	};
}
