import type { AttemptBounds } from "../../activities/heartbeat.ts";
import type { ApprovalRequestPublisher } from "../../activities/publish-approval-request.ts";
import type { IncidentPublisher } from "../../activities/publish-incident.ts";
import type { FramePublisher } from "../../activities/publish-telemetry.ts";
import type {
	TicketBatch,
	TicketPublisher,
} from "../../activities/publish-tickets.ts";
import type { RolloutPublisher } from "../../activities/steer-rollout.ts";
import type { AllocationOutcome } from "../../schemas/allocation-outcome.ts";
import type { ApprovalRequest } from "../../schemas/approval-request.ts";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import type { PlanNotification } from "../../schemas/plan-notification.ts";
import { redactRequest } from "../domain/approval-request.ts";
import { toJson } from "../domain/json-text.ts";
import {
	headerText,
	planHeaderNames as names,
	TOKEN_HEADER,
	textHeaders,
} from "../domain/record-headers.ts";
import type { Redact } from "../domain/redact.ts";
import {
	attemptSpanId,
	type SpanPlace,
	TRACEPARENT,
	traceparentOf,
} from "../domain/trace/trace-context.ts";
import type { OutgoingRecord } from "../plans/records.ts";
import type { SlaPublisher } from "../plans/sla-ports.ts";
import { activePlace, inSpan } from "../trace-span.ts";
import { fromText, type RecordPosition } from "./outgoing-message.ts";
import type { Producer } from "./producer.ts";
import type { TopicTable } from "./topics.ts";

export interface PublisherMetrics {
	/** Records that the brokers acknowledged, at these places. */
	produced(topic: string, positions: readonly RecordPosition[]): void;
	/** A try to publish an incident. */
	incident(type: string, status: "published" | "failed"): void;
	failed(operation: "publish", error: unknown): void;
}

export interface PublisherDeps {
	producer: Producer;
	topics: TopicTable;
	encodeTicket(ticket: ExecutionTicket): Promise<Buffer>;
	encodeApprovalRequest(request: ApprovalRequest): Promise<Buffer>;
	/** The partition of a ticket that does not go by its key. */
	routeTicket?:
		| ((ticket: ExecutionTicket) => Promise<number | undefined>)
		| undefined;
	/** Hides sensitive parameters from whoever is asked for an approval. */
	redact: Pick<Redact, "parameters">;
	metrics: PublisherMetrics;
}

/** Of what the watch says: it comes again, and must not hold up the end of a process. */
const WATCH_BOUNDS = { timeoutMs: 5_000 };

const SOURCE = "orchestrator-dynamic";

/** Publishes for the activities: records with the keys and headers of contracts.md, "Keys and headers". */
export function createPublishers({
	producer,
	topics,
	encodeTicket,
	encodeApprovalRequest,
	routeTicket = async () => undefined,
	redact,
	metrics,
}: PublisherDeps): TicketPublisher &
	FramePublisher &
	IncidentPublisher &
	ApprovalRequestPublisher &
	SlaPublisher &
	RolloutPublisher & {
		publishNotification(one: PlanNotification): Promise<void>;
		/** Resolves only after the brokers acknowledged every outcome. */
		publishOutcomes(outcomes: readonly AllocationOutcome[]): Promise<void>;
	} {
	async function send(
		topic: string,
		messages: OutgoingRecord[],
		bounds: Partial<AttemptBounds>,
	): Promise<void> {
		const place = activePlace();
		const traced =
			place === undefined
				? messages
				: messages.map((one) => withTrace(one, place));
		try {
			const facts = {
				"messaging.system": "kafka",
				"messaging.operation.name": "send",
				"messaging.destination.name": topic,
				"messaging.batch.message_count": messages.length,
			};
			const positions = await inSpan(
				`send ${topic}`,
				facts,
				() => producer.send(traced, bounds),
				"producer",
			);
			metrics.produced(topic, positions);
		} catch (error) {
			metrics.failed("publish", error);
			throw error;
		}
	}

	/** What a watch says. */
	async function sendAll<T extends object>(
		{ name: topic }: { name: string },
		all: readonly T[],
		keyOf: (one: T) => string,
	): Promise<void> {
		const headers = { [names.source]: SOURCE };
		const messages = all.map((one) =>
			fromText({ topic, key: keyOf(one), value: json(one), headers }),
		);
		await send(topic, messages, WATCH_BOUNDS);
	}

	return {
		async publishTickets(batch, bounds) {
			const topic = topics.tickets.name;
			await send(
				topic,
				await Promise.all(
					batch.tickets.map(placeTicket).map(async (ticket) =>
						fromText({
							topic,
							key: ticketKey(batch, ticket),
							partition: await routeTicket(ticket),
							value: await encodeTicket(ticket),
							headers: {
								...ticketHeaders(ticket),
								...tokenHeader(batch.tokens?.[ticket.ticket_id]),
							},
						}),
					),
				),
				bounds,
			);
		},
		async publishFrames(frames, bounds) {
			const topic = topics.telemetry.name;
			await send(
				topic,
				frames.map((frame) =>
					fromText({
						topic,
						key: frame.plan_id,
						value: json(frame),
						headers: planHeaders(frame),
					}),
				),
				bounds,
			);
		},
		async publishIncident(incident, bounds) {
			const topic = topics.incidents.name;
			const headers = { [names.source]: SOURCE };
			const key = incident.incident_id;
			const value = json(incident);
			const record = fromText({ topic, key, value, headers });
			const count = (status: "published" | "failed") =>
				metrics.incident(incident.incident_type, status);
			try {
				await send(topic, [record], bounds);
			} catch (error) {
				count("failed");
				throw error;
			}
			count("published");
		},
		publishAlerts: (alerts) =>
			sendAll(topics.slaAlerts, alerts, (one) => one.alert_id),
		publishViolations: (violations) =>
			sendAll(topics.slaViolations, violations, (one) => one.violation_id),
		publishRolloutEvents: (events) =>
			sendAll(topics.rolloutEvents, events, (one) => one.deployment),
		publishOutcomes: (outcomes) =>
			sendAll(topics.allocationOutcomes, outcomes, (one) => one.ticket_id),
		publishNotification: (one) =>
			sendAll(topics.planNotifications, [one], ({ plan_id }) => plan_id),
		async publishApprovalRequest(request, bounds) {
			const topic = topics.approvalRequests.name;
			const headers = {
				...planHeaders(request),
				[names.reminder]: String(request.reminder),
			};
			const key = request.plan_id;
			const shown = redactRequest(request, redact);
			const value = await encodeApprovalRequest(shown);
			await send(topic, [fromText({ topic, key, value, headers })], bounds);
		},
	};
}

function json(record: object): Buffer {
	return Buffer.from(toJson(record));
}

function ticketKey(
	{ partition_key, plan_id }: TicketBatch,
	ticket: ExecutionTicket,
): string {
	return partition_key === "plan" ? plan_id : ticket.ticket_id;
}

function planHeaders({
	plan_id,
	intent_id,
}: {
	plan_id: string;
	intent_id: string;
}): Record<string, string> {
	return {
		[names.planId]: plan_id,
		[names.intentId]: intent_id,
		[names.source]: SOURCE,
	};
}

/** In a traced plan a ticket names the span of its attempt, which is made when the plan has ended. */
function placeTicket(ticket: ExecutionTicket): ExecutionTicket {
	const place = activePlace();
	if (place === undefined) return ticket;
	const span_id = attemptSpanId(ticket.ticket_id);
	return { ...ticket, trace_id: place.trace_id, span_id };
}

/** Other records come from the span that they are sent in. */
function withTrace(record: OutgoingRecord, place: SpanPlace): OutgoingRecord {
	if (headerText(record.headers, TRACEPARENT) !== undefined) return record;
	const trace = textHeaders({ [TRACEPARENT]: traceparentOf(place) });
	return { ...record, headers: [...record.headers, ...trace] };
}

/** Plan and intent, for whoever takes W3C baggage along. */
function baggageOf({ plan_id, intent_id }: ExecutionTicket): string {
	return Object.entries({ plan_id, intent_id })
		.map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
		.join(",");
}

function tokenHeader(token: string | undefined): Record<string, string> {
	return token === undefined ? {} : { [TOKEN_HEADER]: token };
}

function ticketHeaders(ticket: ExecutionTicket): Record<string, string> {
	const { trace_id, span_id } = ticket;
	const headers: Record<string, string> = {
		...planHeaders(ticket),
		[names.ticketId]: ticket.ticket_id,
		[names.attempt]: ticket.metadata.attempt ?? "1",
	};
	if (trace_id !== null) headers[names.traceId] = trace_id;
	if (span_id !== null) headers[names.spanId] = span_id;
	if (
		/^[0-9a-f]{32}$/.test(trace_id ?? "") &&
		/^[0-9a-f]{16}$/.test(span_id ?? "")
	) {
		// A plan that is not traced here passes on what its decision said.
		const place = { sampled: true, ...activePlace(), trace_id, span_id };
		headers[names.traceparent] = traceparentOf(place as SpanPlace);
		headers[names.baggage] = baggageOf(ticket);
	}
	return headers;
}
