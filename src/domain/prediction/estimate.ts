import type { TicketDocument } from "../documents.ts";
import { DEFAULT_ESTIMATE_MS } from "../generate-tickets.ts";
import { noAnomaly } from "./anomalies.ts";
import {
	newestPrediction,
	type TicketFacts,
	type TicketPrediction,
} from "./prediction.ts";

/** How far a mere estimate may be off, either way, when nothing has been learned yet. */
const UNKNOWN_FACTOR = 3;
/** About 25 days: no prediction is longer. */
const LONGEST_MS = 2 ** 31 - 1;

/** Millicores and MB of a minute's work of medium risk: the earlier service's table, and its rule for the rest. */
const baselines: Record<string, readonly [cpuM: number, memoryMb: number]> = {
	BUILD: [500, 512],
	DEPLOY: [200, 1_024],
	TEST: [300, 256],
	VALIDATE: [200, 256],
	EXECUTE: [300, 512],
};
const OTHERS = [300, 512] as const;
const riskFactors = { critical: 1.5, high: 1.3, medium: 1, low: 0.8 };

/** The ticket's own estimate as a prediction. */
export function estimated(
	facts: Pick<TicketFacts, "task_type" | "risk_band" | "estimated_duration_ms">,
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
 * A ticket whose newest attempt went out while there was no model carries no prediction of it: whoever shows it shows its
 * estimate. One that was never given to a worker has none.
 */
export function withEstimate(ticket: TicketDocument): TicketDocument {
	if (newestPrediction(ticket) !== undefined) return ticket;
	if (!ticket.allocation_metadata) return ticket;
	const { estimated_duration_ms: ms } = ticket;
	const facts = { ...ticket, estimated_duration_ms: ms ?? DEFAULT_ESTIMATE_MS };
	return { ...ticket, predictions: estimated(facts, "estimate") };
}

/** What a ticket that runs so long will need: 100 to 4,000 millicores, 128 to 4,096 MB. */
export function estimateResources(
	{ task_type, risk_band }: Pick<TicketFacts, "task_type" | "risk_band">,
	durationMs: number,
): TicketPrediction["resource_estimate"] {
	const [cpuM, memoryMb] = baselines[task_type] ?? OTHERS;
	const risk = riskFactors[risk_band] ?? 1;
	const length = clamp(durationMs / 60_000, 0.5, 3);
	return {
		cpu_m: Math.round(clamp(cpuM * risk * length, 100, 4_000)),
		memory_mb: Math.round(clamp(memoryMb * risk, 128, 4_096)),
	};
}

export function wholeMs(ms: number): number {
	return Number.isNaN(ms)
		? 1
		: Math.min(LONGEST_MS, Math.max(1, Math.round(ms)));
}

function clamp(value: number, low: number, high: number): number {
	return Math.min(high, Math.max(low, value));
}
