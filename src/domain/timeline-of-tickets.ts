import { isFailure } from "./documents.ts";
import {
	because,
	type PlacedEvent,
	type PlanHistory,
	type TimelineAttempt,
	type TimelineTicket,
} from "./timeline-event.ts";

/** Events of a plan's tickets and of their compensations. */
export function eventsOfTickets({
	tickets,
	attempts,
}: PlanHistory): PlacedEvent[] {
	const byTicket = Map.groupBy(attempts, (one) => one.logical_ticket_id);
	const known = new Map(tickets.map((ticket) => [ticket.ticket_id, ticket]));
	const subjectOf = (ticket: TimelineTicket) =>
		isCompensation(ticket)
			? (known.get(ticket.compensates ?? "") ?? ticket)
			: ticket;
	return [
		...attempts.flatMap((attempt) => {
			// A ticket may be stored later than its attempt.
			const ticket = known.get(attempt.logical_ticket_id);
			return eventsOfAttempt(
				attempt,
				ticket,
				nameOf(ticket === undefined ? attempt : subjectOf(ticket), ticket),
			);
		}),
		...tickets.flatMap((ticket) =>
			endOf(
				ticket,
				byTicket.get(ticket.ticket_id) ?? [],
				nameOf(subjectOf(ticket), ticket),
			),
		),
		...compensations(tickets, (ticket) => subjectOf(ticket).task_id),
	];
}

/** It undoes another ticket. Absent from documents of an earlier release. */
function isCompensation({
	compensates = null,
}: Pick<TimelineTicket, "compensates">): boolean {
	return compensates !== null;
}

/** Distinguishes tickets of a rerun from the first ones; a compensation has no name of its own. */
function nameOf(
	{ task_id, generation }: Pick<TimelineTicket, "task_id" | "generation">,
	ticket: TimelineTicket | undefined,
): string {
	const task = `task ${task_id}${generation > 1 ? ` (run ${generation})` : ""}`;
	return ticket !== undefined && isCompensation(ticket)
		? `the compensation of ${task}`
		: task;
}

function eventsOfAttempt(
	given: TimelineAttempt,
	ticket: TimelineTicket | undefined,
	name: string,
): PlacedEvent[] {
	const { ticket_id, attempt, published_at, finished_at } = given;
	const { outcome, agent_id, error_message } = given;
	const undoes = ticket?.compensates ?? null;
	const isUndoing = undoes !== null;
	const again = attempt === 1 ? "" : ` again, attempt ${attempt}`;
	const details = {
		task_id: given.task_id,
		ticket_id: given.logical_ticket_id,
		attempt_ticket_id: ticket_id,
		attempt,
		generation: given.generation,
		compensates: undoes,
	};
	const { order } = ticket ?? {};
	const events: PlacedEvent[] = [
		{
			id: `attempt/${ticket_id}/published`,
			at: published_at,
			kind: `${isUndoing ? "compensation" : "ticket"}.${attempt === 1 ? "published" : "retried"}`,
			rank: isUndoing ? "compensation-publication" : "publication",
			order,
			summary: `${name} was published${again}`,
			details,
		},
	];
	if (isFailure(outcome) && finished_at !== null)
		events.push({
			id: `attempt/${ticket_id}/failed`,
			at: finished_at,
			kind: "attempt.failed",
			rank: isUndoing ? "compensation-failure" : "failure",
			order,
			summary: `attempt ${attempt} of ${name} ${words(outcome)}${by(agent_id)}${because(error_message)}`,
			details: { ...details, outcome, agent_id, error_message },
		});
	return events;
}

function endOf(
	ticket: TimelineTicket,
	attempts: readonly TimelineAttempt[],
	name: string,
): PlacedEvent[] {
	const { ticket_id, task_id, finished_at = null, order } = ticket;
	const outcome = firstOutcome(ticket, attempts);
	if (outcome === null || finished_at === null) return [];
	const { agent_id, error_message, generation, compensates = null } = ticket;
	const isUndoing = isCompensation(ticket);
	const isTold = attempts.some(
		(attempt) =>
			attempt.finished_at === finished_at &&
			attempt.outcome === outcome &&
			attempt.error_message === error_message,
	);
	return [
		{
			id: `ticket/${ticket_id}/finished`,
			at: finished_at,
			kind: isUndoing ? "compensation.finished" : "ticket.finished",
			rank: isUndoing ? "compensation-end" : "end",
			order,
			summary: `${name} ${ending(ticket, outcome, isTold)}`,
			details: {
				task_id,
				ticket_id,
				generation,
				outcome,
				agent_id,
				error_message: outcome === "completed" ? null : error_message,
				compensates,
			},
		},
	];
}

type Outcome = NonNullable<TimelineTicket["outcome"]>;

/** The outcome of a ticket at its end; it may have been undone since. */
function firstOutcome(
	{ outcome, completed_at, attempt }: TimelineTicket,
	attempts: readonly TimelineAttempt[],
): Outcome | null {
	if (outcome !== "compensated") return outcome;
	// `completed_at` and the attempts stay as they were.
	if (completed_at !== null) return "completed";
	const newest = attempts.find((one) => one.attempt === attempt);
	return newest?.outcome ?? "failed";
}

/** A message of the attempt's own failure is not repeated. */
function ending(
	{ agent_id, error_message, attempt }: TimelineTicket,
	outcome: Outcome,
	isTold: boolean,
): string {
	if (outcome === "completed") return `completed${by(agent_id)}`;
	if (outcome === "skipped" || outcome === "cancelled") {
		const prefix = `${outcome}: `;
		const reason = error_message?.startsWith(prefix)
			? error_message.slice(prefix.length)
			: error_message;
		return `was ${outcome}${because(reason)}`;
	}
	const tries = attempt === 1 ? "its only attempt" : `${attempt} attempts`;
	return isTold
		? `${words(outcome)} after ${tries}`
		: `${words(outcome)}${because(error_message)}`;
}

const MAX_NAMED_TASKS = 20;

/** All compensations of one decision of C5 began at the same moment. */
function compensations(
	tickets: readonly TimelineTicket[],
	taskOf: (ticket: TimelineTicket) => string,
): PlacedEvent[] {
	const begun = Map.groupBy(
		tickets.filter(isCompensation),
		({ created_at }) => created_at,
	);
	return [...begun].map(([at, together]) => {
		const names = together.toSorted((a, b) => a.order - b.order).map(taskOf);
		const shown = names.slice(0, MAX_NAMED_TASKS);
		const more = names.length - shown.length;
		return {
			id: `compensation/${at}/started`,
			at,
			kind: "compensation.started",
			rank: "compensation",
			summary: `what was done is to be undone: ${names.length === 1 ? "task" : "tasks"} ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
			details: { count: names.length, task_ids: shown },
		};
	});
}

function by(agentId: string | null): string {
	return agentId === null ? "" : ` on ${agentId}`;
}

function words(outcome: Outcome): string {
	return outcome === "timed_out" ? "timed out" : outcome;
}

/** Whether all replaced tickets are included: a workflow knows them until they are stored. */
export function hasEveryRun(
	tickets: readonly Pick<
		TimelineTicket,
		"task_id" | "generation" | "compensates"
	>[],
): boolean {
	const own = tickets.filter(
		({ compensates }) => (compensates ?? null) === null,
	);
	const known = Map.groupBy(own, ({ task_id }) => task_id);
	return own.every(
		({ task_id, generation }) =>
			(known.get(task_id)?.length ?? 0) >= generation,
	);
}
