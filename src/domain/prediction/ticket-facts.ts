import type { ExecutionTicket } from "../../../schemas/execution-ticket.ts";
import { DEFAULT_ESTIMATE_MS } from "../generate-tickets.ts";
import { jsonBytes } from "../json-bytes.ts";
import type { TicketFacts } from "./prediction.ts";

/** What is known of an attempt as it will travel. */
export function factsOfTicket(
	{
		task_type,
		risk_band,
		required_capabilities,
		qos,
		parameters,
		estimated_duration_ms,
		sla: { timeout_ms },
		retry_count,
	}: Pick<
		ExecutionTicket,
		| "task_type"
		| "risk_band"
		| "required_capabilities"
		| "qos"
		| "parameters"
		| "estimated_duration_ms"
		| "sla"
		| "retry_count"
	>,
	{ tenant, nowMs }: { tenant: string; nowMs: number },
): TicketFacts {
	return {
		...{ task_type, risk_band, required_capabilities, qos },
		parameters_size: parametersSize(parameters),
		estimated_duration_ms: estimated_duration_ms ?? DEFAULT_ESTIMATE_MS,
		...{ timeout_ms, retry_count, tenant },
		at_ms: nowMs,
	};
}

/** Bytes of a ticket's parameters as canonical JSON: its keys' order does not change their number. */
export function parametersSize(parameters: unknown): number {
	return jsonBytes(parameters);
}
