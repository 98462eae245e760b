import type { Correction } from "./correction.ts";
import { type Model, modelTag } from "./model.ts";
import type { TicketFacts, TicketPrediction } from "./prediction.ts";
import { estimateResources } from "./resources.ts";

/** How far a mere estimate may be off, either way, when nothing has been learned yet. */
const UNKNOWN_FACTOR = 3;
const LONGEST_MS = 2 ** 31;

/**
 * How long a ticket will run. Never an error: without a model the answer is its estimate. Durations are whole ms,
 * so that every machine says the same.
 */
export function predictTicket(
	facts: TicketFacts,
	_model: Model | null,
	_correction: Correction | null,
): TicketPrediction {
	return estimated(facts, "estimate");
}

/** The ticket's own estimate as a prediction. */
export function estimated(
	facts: TicketFacts,
	source: "estimate" | "fallback",
): TicketPrediction {
	const duration_ms = wholeMs(facts.estimated_duration_ms);
	return {
		duration_ms,
		p10_ms: wholeMs(duration_ms / UNKNOWN_FACTOR),
		p90_ms: wholeMs(duration_ms * UNKNOWN_FACTOR),
		duration_confidence: 0.11,
		resource_estimate: estimateResources(facts, duration_ms),
		anomaly: {
			is_anomaly: false,
			anomaly_score: null,
			anomaly_type: null,
			explanation: null,
		},
		model: null,
		source,
	};
}

/** Time-out that 99 of 100 tickets like this keep, ms; null: fewer than 300 tickets of the type were seen. */
export function proposeTimeout(
	_facts: TicketFacts,
	_model: Model,
	_correction: Correction | null,
): number | null {
	return null;
}

/** `name@version+correction`. */
export function predictorTag(
	model: Model,
	correction: Correction | null,
): string {
	return `${modelTag(model)}+${correction?.version ?? 0}`;
}

function wholeMs(ms: number): number {
	return Number.isFinite(ms)
		? Math.min(LONGEST_MS, Math.max(1, Math.round(ms)))
		: 1;
}
