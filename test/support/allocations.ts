import type { AllocationRequest } from "../../activities/allocate-resources.ts";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";

/** A ticket of a critical plan as it goes to C3, and what a test says of it. */
export function wireTicketOf(
	facts: Partial<ExecutionTicket> & { ticket_id: string },
): ExecutionTicket {
	return {
		plan_id: "p-1",
		intent_id: "i-1",
		decision_id: "d-1",
		correlation_id: "c-1",
		trace_id: null,
		span_id: null,
		task_id: facts.ticket_id,
		task_type: "EXECUTE",
		description: "",
		dependencies: [],
		status: "PENDING",
		priority: "NORMAL",
		risk_band: "critical",
		sla: {
			deadline: Date.now() + 3_600_000,
			timeout_ms: 60_000,
			max_retries: 0,
		},
		qos: {
			delivery_mode: "EXACTLY_ONCE",
			consistency: "STRONG",
			durability: "PERSISTENT",
		},
		parameters: {},
		required_capabilities: [],
		security_level: "INTERNAL",
		created_at: Date.now(),
		started_at: null,
		completed_at: null,
		estimated_duration_ms: 1_000,
		actual_duration_ms: null,
		retry_count: 0,
		error_message: null,
		compensation_ticket_id: null,
		schema_version: 1,
		...facts,
		metadata: {
			logical_ticket_id: facts.ticket_id,
			attempt: "1",
			generation: "0",
			orchestrator_version: "V2",
			...facts.metadata,
		},
	};
}

/** A request for tickets with these needed capabilities. */
export function allocationOf(...needs: string[][]): AllocationRequest {
	return {
		plan_id: "p-1",
		tickets: needs.map((required_capabilities, index) =>
			wireTicketOf({ ticket_id: `t-${index}`, required_capabilities }),
		),
	};
}
