import { isFailure } from "../documents.ts";
import type { TimelineAttempt, TimelineTicket } from "../timeline-event.ts";
import {
	messageFacts,
	type SpanFacts,
	type SpanRecord,
} from "./span-record.ts";
import { workBegan } from "./spent-time.ts";
import { attemptSpanId, type PlanTrace, partSpanId } from "./trace-context.ts";

/** What the tickets' spans need to know of the round they belong to. */
export interface Round {
	number: number;
	trace: PlanTrace;
	span: SpanRecord;
	/** When its tickets could go out first. */
	dispatchFrom: number;
	tickets: ReadonlyMap<string, TimelineTicket>;
}

/** Tickets that ended before a rerun opened the plan again were told with their own round. */
export function isOfRound(
	{ finished_at, created_at }: TimelineTicket,
	{ number, span }: Round,
): boolean {
	return number === 0 || (finished_at ?? created_at) >= span.from;
}

function isUndoing({ compensates }: TimelineTicket): boolean {
	return (compensates ?? null) !== null;
}

export function compensationSpan(
	tickets: readonly TimelineTicket[],
	{ trace, span, number }: Round,
): SpanRecord[] {
	const undoing = tickets.filter(isUndoing);
	if (undoing.length === 0) return [];
	return [
		{
			span_id: partSpanId(trace, `${number}/compensation`),
			parent_id: span.span_id,
			name: "compensation",
			kind: "internal",
			from: Math.min(...undoing.map(({ created_at }) => created_at)),
			to: Math.max(...undoing.map((one) => one.finished_at ?? span.to)),
			facts: { "neural.hive.tickets.compensated": undoing.length },
		},
	];
}

/** A ticket from when it could go out, and its attempts; the span of an attempt is the one in its headers. */
export function ticketSpans(
	ticket: TimelineTicket,
	attempts: readonly TimelineAttempt[],
	round: Round,
): SpanRecord[] {
	const { trace, span, number, tickets } = round;
	const [first] = attempts;
	const span_id = ticketSpanId(trace, ticket);
	const undoes = isUndoing(ticket);
	const to = ticket.finished_at ?? span.to;
	const former = undoes
		? tickets.get(ticket.compensates ?? "")
		: ticketBefore(ticket, round);
	return [
		{
			span_id,
			parent_id: undoes
				? partSpanId(trace, `${number}/compensation`)
				: span.span_id,
			name: `ticket ${ticket.task_type}`,
			kind: "internal",
			// Under V1 workers wait for dependencies, and the ticket goes out at once.
			from: Math.min(readyAt(ticket, round), first?.published_at ?? to, to),
			to,
			facts: {
				...ticketFacts(ticket),
				"neural.hive.ticket.outcome": ticket.outcome ?? "open",
				"neural.hive.ticket.attempts": attempts.length,
			},
			...(isFailure(ticket.outcome) && {
				error: ticket.error_message ?? ticket.outcome,
			}),
			...(former && { links: [ticketSpanId(trace, former)] }),
		},
		...attempts
			.toSorted((a, b) => a.attempt - b.attempt)
			.map((one, index, all) =>
				attemptSpan(one, { ticket, parent_id: span_id, to, all, index }),
			),
	];
}

/** The first attempt has the ticket's own id, so the ticket's span is named otherwise. */
function ticketSpanId(trace: PlanTrace, { ticket_id }: TimelineTicket): string {
	return partSpanId(trace, `ticket/${ticket_id}`);
}

function ticketFacts(ticket: TimelineTicket): SpanFacts {
	return {
		"neural.hive.ticket.id": ticket.ticket_id,
		"neural.hive.task.id": ticket.task_id,
		"neural.hive.task.type": ticket.task_type,
		...(ticket.generation > 1 && {
			"neural.hive.ticket.generation": ticket.generation,
		}),
	};
}

/** The ticket that a rerun has replaced by this one. */
function ticketBefore(
	{ task_id, generation }: TimelineTicket,
	{ tickets }: Round,
): TimelineTicket | undefined {
	if (generation < 2) return undefined;
	return [...tickets.values()].find(
		(one) =>
			one.task_id === task_id &&
			one.generation === generation - 1 &&
			!isUndoing(one),
	);
}

/** When its dependencies had ended. */
function readyAt(
	{ dependencies, created_at, compensates }: TimelineTicket,
	{ dispatchFrom, tickets }: Round,
): number {
	const ends = dependencies.map((id) => tickets.get(id)?.finished_at ?? 0);
	const first = compensates ? created_at : dispatchFrom;
	return Math.max(first, ...ends);
}

function attemptSpan(
	attempt: TimelineAttempt,
	{
		ticket,
		parent_id,
		to,
		all,
		index,
	}: {
		ticket: TimelineTicket;
		parent_id: string;
		to: number;
		all: readonly TimelineAttempt[];
		index: number;
	},
): SpanRecord {
	const { ticket_id, published_at, outcome, agent_id, error_message } = attempt;
	const { finished_at, result_source } = attempt;
	const ended = Math.max(published_at, finished_at ?? to);
	const before = all[index - 1];
	const began = workBegan(attempt);
	return {
		span_id: attemptSpanId(ticket_id),
		parent_id,
		name: "attempt",
		kind: "producer",
		from: published_at,
		to: ended,
		facts: {
			...ticketFacts(ticket),
			"messaging.system": "kafka",
			"messaging.message.id": ticket_id,
			"neural.hive.ticket.attempt": attempt.attempt,
			"neural.hive.ticket.outcome": outcome ?? "open",
			...(agent_id !== null && { "neural.hive.agent.id": agent_id }),
		},
		...(isFailure(outcome) && { error: error_message ?? outcome }),
		events: [
			...(began === undefined
				? []
				: [{ name: "started", at: Math.max(published_at, began) }]),
			...(result_source
				? [{ name: "result", at: ended, facts: messageFacts(result_source) }]
				: []),
		],
		...(before && { links: [attemptSpanId(before.ticket_id)] }),
	};
}
