import type { AttemptDocument, TicketDocument } from "../documents.ts";
import { isObject } from "../field-reader.ts";
import type { unusables } from "./model-words.ts";
import { type FinishedTicket, newestPrediction } from "./prediction.ts";
import { factsOfSized } from "./ticket-facts.ts";

/** What is read of an attempt that has ended. */
export type EndedAttempt = Pick<
	AttemptDocument,
	| "ticket_id"
	| "logical_ticket_id"
	| "plan_id"
	| "workflow_id"
	| "attempt"
	| "published_at"
	| "outcome"
	| "agent_id"
	| "actual_duration_ms"
	| "finished_at"
>;

/** What is kept of its ticket: a page of tickets with their parameters may be as large as memory. */
export interface TicketOfAttempt
	extends Pick<
		TicketDocument,
		| "ticket_id"
		| "attempt"
		| "task_type"
		| "risk_band"
		| "required_capabilities"
		| "qos"
		| "estimated_duration_ms"
		| "sla"
		| "started_at"
		| "predictions"
		| "allocation_metadata"
	> {
	/** Bytes, as canonical JSON. */
	parameters_size: number;
}

export type Unusable = (typeof unusables)[number];

/**
 * An attempt with what its ticket says. Its duration is what the worker reports, else from its reported start; it is
 * never longer than the attempt was out by our own clock.
 */
export function toFinishedTicket(
	attempt: EndedAttempt,
	ticket: TicketOfAttempt | undefined,
	tenant: string,
): FinishedTicket | Unusable {
	const { published_at, finished_at, outcome } = attempt;
	if (ticket === undefined) return "no_ticket";
	if (isDamaged(ticket)) return "damaged";
	if (!isNumber(published_at) || !isNumber(finished_at)) return "no_number";
	const outMs = finished_at - published_at;
	if (outMs <= 0) return "clock";
	const completed = outcome === "completed";
	const startedMs = startOf(attempt, ticket);
	const reported = attempt.actual_duration_ms;
	const measured = startedMs === null ? null : finished_at - startedMs;
	const duration = isAbove0(reported) ? reported : measured;
	// A failed attempt teaches no duration.
	if (completed && !isAbove0(duration)) return "no_number";
	const facts = factsOfSized(
		{ ...ticket, retry_count: attempt.attempt - 1 },
		{ tenant, nowMs: published_at },
	);
	if (!isAbove0(facts.estimated_duration_ms) || !isAbove0(facts.timeout_ms))
		return "no_number";
	const isNewest = ticket.attempt === attempt.attempt;
	return {
		...facts,
		ticket_id: attempt.ticket_id,
		plan_id: attempt.plan_id,
		worker: attempt.agent_id,
		completed,
		actual_duration_ms: Math.max(1, Math.min(duration ?? outMs, outMs)),
		queue_ms: startedMs === null ? null : startedMs - published_at,
		ended_at_ms: finished_at,
		prediction: isNewest ? predictionOf(ticket) : null,
	};
}

/** Whether parts are missing that models read. */
function isDamaged({
	task_type,
	required_capabilities: names,
	qos,
	sla,
}: TicketOfAttempt): boolean {
	return !(
		typeof task_type === "string" &&
		Array.isArray(names) &&
		names.every((name) => typeof name === "string") &&
		isObject(qos) &&
		isObject(sla)
	);
}

/** Of the newest attempt; a damaged one is none. */
function predictionOf(ticket: TicketOfAttempt): FinishedTicket["prediction"] {
	const predictions = newestPrediction(ticket);
	if (!predictions || !isObject(predictions.anomaly)) return null;
	const { duration_ms, p10_ms, p90_ms } = predictions;
	return [duration_ms, p10_ms, p90_ms].every(isNumber) ? predictions : null;
}

/** A ticket keeps only the start of its newest attempt. */
function startOf(
	{ attempt, published_at, finished_at }: EndedAttempt,
	ticket: TicketOfAttempt,
): number | null {
	const { started_at } = ticket;
	if (ticket.attempt !== attempt || !isNumber(started_at)) return null;
	const isWithin =
		started_at >= published_at && started_at < (finished_at ?? 0);
	return isWithin ? started_at : null;
}

const isNumber = (value: unknown): value is number =>
	typeof value === "number" && Number.isFinite(value);
const isAbove0 = (value: unknown): value is number =>
	isNumber(value) && value > 0;
