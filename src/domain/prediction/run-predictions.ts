import { estimateMs, termsOf, timeoutMs } from "../generate-tickets.ts";
import type { Plan } from "../plan.ts";
import type { PlanSettings } from "../plan-run.ts";
import { mapTaskType } from "../wire-words.ts";
import type { TicketFacts } from "./prediction.ts";
import { parametersSize } from "./ticket-facts.ts";

/** What is known of a plan's tickets before they are made, by task in the plan's order. */
export function factsOfPlan(
	plan: Plan,
	settings: Pick<
		PlanSettings,
		"ticketMinTimeoutMs" | "ticketTimeoutMultiplier"
	>,
	{ tenant, nowMs }: { tenant: string; nowMs: number },
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
