import type { ExecutionTicket } from "../../../schemas/execution-ticket.ts";
import type {
	AnomalyType,
	PredictionSource,
	TicketPrediction,
} from "./prediction.ts";

/** A prediction as a ticket's allocation carries it through histories: short, and without what is null. */
export interface CarriedPrediction {
	/** Whole ms. */
	p10: number;
	p50: number;
	p90: number;
	confidence: number;
	cpu_m: number;
	memory_mb: number;
	source: PredictionSource;
	model?: string;
	anomaly_score?: number;
	/** Only of an anomalous ticket. */
	anomaly?: { type: AnomalyType | null; explanation: string | null };
	/** Of the ticket that was predicted; absent: the first. */
	attempt?: number;
}

/** What a ticket carries of the prediction that was made for this attempt of it. */
export function carryPrediction(
	{
		p10_ms,
		duration_ms,
		p90_ms,
		duration_confidence,
		resource_estimate: { cpu_m, memory_mb },
		anomaly: { is_anomaly, anomaly_score, anomaly_type, explanation },
		model,
		source,
	}: TicketPrediction,
	{ retry_count }: Pick<ExecutionTicket, "retry_count">,
): CarriedPrediction {
	return {
		...{ p10: p10_ms, p50: duration_ms, p90: p90_ms },
		confidence: round(duration_confidence),
		...{ cpu_m, memory_mb, source },
		...(model !== null && { model }),
		...(anomaly_score !== null && { anomaly_score: round(anomaly_score) }),
		...(is_anomaly && { anomaly: { type: anomaly_type, explanation } }),
		...(retry_count > 0 && { attempt: retry_count + 1 }),
	};
}

/** The prediction as documents and interfaces show it. */
export function readCarried({
	p10: p10_ms,
	p50: duration_ms,
	p90: p90_ms,
	confidence: duration_confidence,
	cpu_m,
	memory_mb,
	source,
	model,
	anomaly_score,
	anomaly,
	attempt,
}: CarriedPrediction): TicketPrediction {
	return {
		...{ duration_ms, p10_ms, p90_ms, duration_confidence },
		resource_estimate: { cpu_m, memory_mb },
		anomaly: {
			is_anomaly: anomaly !== undefined,
			anomaly_score: anomaly_score ?? null,
			anomaly_type: anomaly?.type ?? null,
			explanation: anomaly?.explanation ?? null,
		},
		model: model ?? null,
		source,
		...(attempt !== undefined && { attempt }),
	};
}

/** JSON for the metadata of a ticket on the wire, where values are text. */
export function predictionText({
	p10: p10_ms,
	p50: duration_ms,
	p90: p90_ms,
	confidence,
	source,
	model,
	anomaly,
}: CarriedPrediction): string {
	return JSON.stringify({
		...{ duration_ms, p10_ms, p90_ms, confidence, source, model },
		...(anomaly && { anomaly_type: anomaly.type }),
	});
}

function round(ratio: number): number {
	return Math.round(ratio * 1_000) / 1_000;
}
