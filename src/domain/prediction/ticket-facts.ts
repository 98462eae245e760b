import type { ExecutionTicket } from "../../../schemas/execution-ticket.ts";
import {
	DEFAULT_ESTIMATE_MS,
	estimateMs,
	termsOf,
	timeoutMs,
} from "../generate-tickets.ts";
import { jsonBytes } from "../json-bytes.ts";
import type { Plan } from "../plan.ts";
import type { PlanSettings } from "../plan-run.ts";
import { mapTaskType } from "../wire-words.ts";
import type { TicketFacts } from "./prediction.ts";

interface At {
	tenant: string;
	nowMs: number;
}

/** A ticket whose parameters have been measured and are no longer there. */
interface SizedTicket
	extends Pick<
		ExecutionTicket,
		| "task_type"
		| "risk_band"
		| "required_capabilities"
		| "qos"
		| "estimated_duration_ms"
		| "sla"
		| "retry_count"
	> {
	parameters_size: number;
}

/** What is known of an attempt as it will travel. */
export function factsOfTicket(
	ticket: Omit<SizedTicket, "parameters_size"> &
		Pick<ExecutionTicket, "parameters">,
	at: At,
): TicketFacts {
	const parameters_size = parametersSize(ticket.parameters);
	return factsOfSized({ ...ticket, parameters_size }, at);
}

/** The same of a ticket that was measured before. */
export function factsOfSized(
	{
		task_type,
		risk_band,
		required_capabilities,
		qos,
		parameters_size,
		estimated_duration_ms,
		sla: { timeout_ms },
		retry_count,
	}: SizedTicket,
	{ tenant, nowMs }: At,
): TicketFacts {
	return {
		...{ task_type, risk_band, required_capabilities, qos, parameters_size },
		estimated_duration_ms: estimated_duration_ms ?? DEFAULT_ESTIMATE_MS,
		...{ timeout_ms, retry_count, tenant },
		at_ms: nowMs,
	};
}

/** The same of a plan's tickets before they are made, by task in the plan's order. */
export function factsOfPlan(
	plan: Plan,
	settings: Pick<
		PlanSettings,
		"ticketMinTimeoutMs" | "ticketTimeoutMultiplier"
	>,
	{ tenant, nowMs }: At,
): TicketFacts[] {
	const { qos, risk_band } = termsOf(plan, nowMs);
	return plan.tasks.map((task) => {
		const estimated_duration_ms = estimateMs(task);
		return {
			task_type: mapTaskType(task.task_type).value,
			...{ risk_band, qos, estimated_duration_ms, tenant },
			required_capabilities: task.required_capabilities,
			parameters_size: parametersSize(task.parameters),
			timeout_ms: timeoutMs(estimated_duration_ms, settings),
			retry_count: 0,
			at_ms: nowMs,
		};
	});
}

/** Bytes of a ticket's parameters as canonical JSON: its keys' order does not change their number. */
export function parametersSize(parameters: unknown): number {
	return jsonBytes(parameters);
}
