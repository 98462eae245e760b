import type { TicketDocument } from "../documents.ts";
import { DEFAULT_ESTIMATE_MS } from "../generate-tickets.ts";
import { noAnomaly } from "./anomalies.ts";
import type { TicketFacts, TicketPrediction } from "./prediction.ts";
import { estimateResources } from "./resources.ts";

/** How far a mere estimate may be off, either way, when nothing has been learned yet. */
const UNKNOWN_FACTOR = 3;
/** About 25 days: no prediction is longer. */
const LONGEST_MS = 2 ** 31 - 1;

/** The ticket's own estimate as a prediction. */
export function estimated(
	facts: Pick<
		TicketFacts,
		"task_type" | "risk_band" | "estimated_duration_ms"
	>,
	source: "estimate" | "fallback",
): TicketPrediction {
	const duration_ms = wholeMs(facts.estimated_duration_ms);
	const p10_ms = wholeMs(duration_ms / UNKNOWN_FACTOR);
	const p90_ms = wholeMs(duration_ms * UNKNOWN_FACTOR);
	return {
		...{ duration_ms, p10_ms, p90_ms },
		duration_confidence: Math.round((100 * p10_ms) / p90_ms) / 100,
		resource_estimate: estimateResources(facts, duration_ms),
		anomaly: noAnomaly,
		model: null,
		source,
	};
}

/**
 * A ticket that went out while there was no model carries no prediction: whoever shows it shows its estimate. One that
 * was never given to a worker has none.
 */
export function withEstimate(ticket: TicketDocument): TicketDocument {
	if (ticket.predictions !== undefined || !ticket.allocation_metadata)
		return ticket;
	const { estimated_duration_ms: ms } = ticket;
	const facts = { ...ticket, estimated_duration_ms: ms ?? DEFAULT_ESTIMATE_MS };
	return { ...ticket, predictions: estimated(facts, "estimate") };
}

export function wholeMs(ms: number): number {
	return Number.isNaN(ms)
		? 1
		: Math.min(LONGEST_MS, Math.max(1, Math.round(ms)));
}
