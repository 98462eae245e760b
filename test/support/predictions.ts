import type {
	Anomaly,
	TicketFacts,
	TicketPrediction,
} from "../../src/domain/prediction/prediction.ts";
import type { PlanFallback } from "../../src/plans/predict-plan.ts";

/** How a ticket came to its worker. */
export const someAllocation = {
	...{ allocated_at: 1, agent_id: "w-1", priority_score: 0.5 },
	workers_evaluated: 1,
	allocation_method: "intelligent_scheduler" as const,
};

export const anomalous: Anomaly = {
	is_anomaly: true,
	anomaly_score: 0.8,
	anomaly_type: "duration_outlier",
	explanation: "its estimate is far from what such tickets take",
};

/** What a model says of a ticket whose interval is from half of the median to twice of it. */
export function predictionOf(durationMs: number): TicketPrediction {
	return {
		duration_ms: durationMs,
		p10_ms: Math.floor(durationMs / 2),
		p90_ms: 2 * durationMs,
		duration_confidence: 0.5,
		resource_estimate: { cpu_m: 300, memory_mb: 512 },
		anomaly: {
			is_anomaly: false,
			anomaly_score: null,
			anomaly_type: null,
			explanation: null,
		},
		model: "m@1+2",
		source: "model",
	};
}

/** A model that is always sure: every ticket takes what `msOf` says. */
export function predictorOf(msOf: (facts: TicketFacts) => number) {
	const predict = (tickets: readonly TicketFacts[]) =>
		tickets.map((facts) => predictionOf(msOf(facts)));
	return {
		predict,
		preview: predict,
		predictDurations: predict,
		isReady: true,
		countEstimates: (_tickets: number) => {},
		fellBack: (_fallback: PlanFallback) => {},
		model: "m@1+2" as string | null,
		accuracy: 0.9 as number | null,
	};
}
