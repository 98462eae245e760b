import type { ExecutionTicket } from "../../../schemas/execution-ticket.ts";

/** What is known of a ticket before it runs, and all that a prediction may rest on. */
export interface TicketFacts
	extends Pick<
		ExecutionTicket,
		"task_type" | "risk_band" | "required_capabilities" | "qos"
	> {
	/** Bytes of the parameters as canonical JSON. */
	parameters_size: number;
	estimated_duration_ms: number;
	timeout_ms: number;
	/** Attempts before this one. */
	retry_count: number;
	tenant: string;
	/** When it is predicted, Unix epoch, ms: the hour of the day, in UTC, is a feature. */
	at_ms: number;
}

/** A finished attempt: what models are trained on and corrections learn from. */
export interface FinishedTicket extends TicketFacts {
	/** The attempt's wire id. */
	ticket_id: string;
	plan_id: string;
	worker: string | null;
	/** Only completed ones teach durations. */
	completed: boolean;
	/** Between start and end as the worker reports, bounded by our own clock; above 0. */
	actual_duration_ms: number;
	/** Between publication and start; null: no start was reported. */
	queue_ms: number | null;
	ended_at_ms: number;
	/** As it stood on the ticket at publication; null: none. */
	prediction: TicketPrediction | null;
}

export type AnomalyType =
	| "resource_mismatch"
	| "qos_inconsistency"
	| "duration_outlier"
	| "capability_anomaly";

export interface Anomaly {
	is_anomaly: boolean;
	/** 0 to 1, of the isolation forest; null: it has not been trained. */
	anomaly_score: number | null;
	anomaly_type: AnomalyType | null;
	/** A sentence for people; null: nothing is unusual. */
	explanation: string | null;
}

/**
 * Where a prediction comes from. `model`: the champion; `estimate`: the ticket's own estimate, because there is
 * no model yet; `fallback`: the estimate, because the model could not be used. */
export type PredictionSource = "model" | "estimate" | "fallback";

/** All that a plan needs of a prediction. */
export type DurationPrediction = Pick<
	TicketPrediction,
	"p10_ms" | "duration_ms" | "p90_ms" | "source"
>;

/** How long a ticket will run, and how sure that is. Durations in ms, `p10_ms <= duration_ms <= p90_ms`. */
export interface TicketPrediction {
	/** The median. */
	duration_ms: number;
	p10_ms: number;
	p90_ms: number;
	/** 0 to 1: 1 is an interval of no width. */
	duration_confidence: number;
	resource_estimate: { cpu_m: number; memory_mb: number };
	anomaly: Anomaly;
	/** `name@version+correction`; null: none was used. */
	model: string | null;
	source: PredictionSource;
	/** Of a stored one: which attempt it was made for; absent: the first. */
	attempt?: number;
}

/** What was predicted for the newest attempt: a document keeps that of an earlier one until there is another. */
export function newestPrediction({
	predictions,
	attempt,
}: {
	predictions?: TicketPrediction;
	attempt: number;
}): TicketPrediction | undefined {
	return (predictions?.attempt ?? 1) === attempt ? predictions : undefined;
}

/** Where an actual duration lies in the interval that was predicted. */
export function placeOf(
	{ p10_ms, p90_ms }: Pick<TicketPrediction, "p10_ms" | "p90_ms">,
	actualMs: number,
): "below_p10" | "within" | "above_p90" {
	if (actualMs < p10_ms) return "below_p10";
	return actualMs > p90_ms ? "above_p90" : "within";
}
