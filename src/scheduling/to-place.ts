import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import type { TicketPrediction } from "../domain/prediction/prediction.ts";
import type { TicketToPlace } from "../domain/scheduling/choose-workers.ts";

/** Tickets of these are kept apart. */
export interface CriticalRules {
	criticalRiskBands: readonly string[];
	criticalPriorities: readonly string[];
}

/** The ticket as workers are chosen for it. */
export function toPlace(
	ticket: ExecutionTicket,
	priority: number,
	prediction: TicketPrediction | undefined,
	rules: CriticalRules,
) {
	return {
		needs: needsOf(ticket),
		priority,
		estimatedMs: ticket.estimated_duration_ms ?? 0,
		// Only a model's word counts.
		predictedMs:
			prediction?.source === "model" ? prediction.duration_ms : undefined,
		isCritical: isCritical(ticket, rules),
	} satisfies TicketToPlace;
}

export function needsOf(ticket: ExecutionTicket): TicketToPlace["needs"] {
	return {
		capabilities: ticket.required_capabilities,
		namespace: ticket.metadata.namespace ?? null,
		security_level: ticket.security_level,
	};
}

/** Whether the ticket is kept apart from others like it, and never preempted. */
export function isCritical(
	{ risk_band, priority }: Pick<ExecutionTicket, "risk_band" | "priority">,
	{ criticalRiskBands, criticalPriorities }: CriticalRules,
): boolean {
	return (
		criticalRiskBands.includes(risk_band) ||
		criticalPriorities.includes(priority)
	);
}
