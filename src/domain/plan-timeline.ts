import type {
	AttemptDocument,
	PlanDocument,
	TicketDocument,
} from "./documents.ts";

export const timelineKinds = [
	"plan.received",
	"step.started",
	"step.ended",
	"approval.requested",
	"approval.reminded",
	"command",
	"ticket.published",
	"ticket.retried",
	"attempt.failed",
	"ticket.finished",
	"plan.finished",
] as const;
export type TimelineKind = (typeof timelineKinds)[number];

/** Something that happened to a plan. */
export interface TimelineEvent {
	/** Names the event; the same at every reading. */
	id: string;
	/** Unix epoch, ms. */
	at: number;
	kind: TimelineKind;
	/** A sentence for people. */
	summary: string;
	/** By kind: step, status, task_id, ticket_id, attempt, outcome, actor, reason and the like. */
	details: Record<string, unknown>;
}

/** What of a stored ticket a timeline shows. */
export type TimelineTicket = Pick<
	TicketDocument,
	| "ticket_id"
	| "task_id"
	| "outcome"
	| "finished_at"
	| "agent_id"
	| "error_message"
	| "compensates"
>;
/** What of a publication a timeline shows. */
export type TimelineAttempt = Pick<
	AttemptDocument,
	| "ticket_id"
	| "logical_ticket_id"
	| "task_id"
	| "attempt"
	| "published_at"
	| "finished_at"
	| "outcome"
	| "agent_id"
	| "error_message"
>;

/** What a plan's timeline is made of. */
export interface PlanHistory {
	plan: PlanDocument;
	tickets: readonly TimelineTicket[];
	attempts: readonly TimelineAttempt[];
}

/** Everything that happened to a plan, oldest first; what is of the same moment stays in its natural order. */
export function tellTimeline({
	plan,
	tickets,
	attempts,
}: PlanHistory): TimelineEvent[] {
	return [
		received(plan),
		...steps(plan),
		...approval(plan),
		...commands(plan),
		...attempts.flatMap(publications),
		...tickets.flatMap(ends),
		...finish(plan),
	].sort((a, b) => a.at - b.at);
}

/** The events after a moment's event; it may have been the last one of its moment that was known. */
export function eventsAfter(
	events: readonly TimelineEvent[],
	{ at, id }: Pick<TimelineEvent, "at" | "id">,
): TimelineEvent[] {
	const place = events.findIndex((event) => event.id === id);
	return place === -1
		? events.filter((event) => event.at > at)
		: events.slice(place + 1);
}

function received(plan: PlanDocument): TimelineEvent {
	const { decision_id, final_decision, source, orchestrator_version } = plan;
	const from = source === null ? "by REST" : `from topic ${source.topic}`;
	return {
		id: "received",
		at: plan.created_at,
		kind: "plan.received",
		summary: `decision ${decision_id} (${final_decision}) came ${from}`,
		details: { decision_id, final_decision, source, orchestrator_version },
	};
}

function steps({ steps }: PlanDocument): TimelineEvent[] {
	return steps.flatMap(({ name, status, started_at, duration_ms }) => {
		const started: TimelineEvent = {
			id: `step/${name}/started`,
			at: started_at,
			kind: "step.started",
			summary: `${name} began`,
			details: { step: name },
		};
		if (duration_ms === null) return [started];
		const ended: TimelineEvent = {
			id: `step/${name}/ended`,
			at: started_at + duration_ms,
			kind: "step.ended",
			summary: `${name} ${status} after ${duration_ms} ms`,
			details: { step: name, status, duration_ms },
		};
		return [started, ended];
	});
}

function approval({ approval }: PlanDocument): TimelineEvent[] {
	// Absent from documents of an earlier release.
	if (approval === null || approval === undefined) return [];
	const { requested_at, expires_at, last_reminder_at, reminders_sent } =
		approval;
	const events: TimelineEvent[] = [
		{
			id: "approval/requested",
			at: requested_at,
			kind: "approval.requested",
			summary: `a person is asked, until ${new Date(expires_at).toISOString()}`,
			details: { expires_at },
		},
	];
	if (last_reminder_at !== null)
		events.push({
			id: `approval/reminded/${reminders_sent}`,
			at: last_reminder_at,
			kind: "approval.reminded",
			summary: `reminder ${reminders_sent} was sent`,
			details: { reminders_sent },
		});
	return events;
}

function commands({ commands }: PlanDocument): TimelineEvent[] {
	return commands.map((record, place) => ({
		id: `command/${String(place).padStart(6, "0")}`,
		at: record.at,
		kind: "command",
		summary: `${record.actor} asked to ${record.command}: ${record.reason}`,
		details: { ...record },
	}));
}

function publications(given: TimelineAttempt): TimelineEvent[] {
	const { ticket_id, task_id, attempt, published_at, finished_at } = given;
	const { outcome, agent_id, error_message } = given;
	const names = { task_id, ticket_id: given.logical_ticket_id, attempt };
	const events: TimelineEvent[] = [
		{
			id: `attempt/${ticket_id}/published`,
			at: published_at,
			kind: attempt === 1 ? "ticket.published" : "ticket.retried",
			summary:
				attempt === 1
					? `task ${task_id} was published`
					: `task ${task_id} was published again, attempt ${attempt}`,
			details: { ...names, attempt_ticket_id: ticket_id },
		},
	];
	const failed = outcome === "failed" || outcome === "timed_out";
	if (failed && finished_at !== null)
		events.push({
			id: `attempt/${ticket_id}/failed`,
			at: finished_at,
			kind: "attempt.failed",
			summary: `attempt ${attempt} of task ${task_id} ${words(outcome)}${because(error_message)}`,
			details: { ...names, outcome, agent_id, error_message },
		});
	return events;
}

function ends(ticket: TimelineTicket): TimelineEvent[] {
	const { ticket_id, task_id, outcome, finished_at = null } = ticket;
	if (outcome === null || finished_at === null) return [];
	const { agent_id, error_message, compensates = null } = ticket;
	const why = outcome === "completed" ? "" : because(error_message);
	return [
		{
			id: `ticket/${ticket_id}/finished`,
			at: finished_at,
			kind: "ticket.finished",
			summary: `task ${task_id} ${words(outcome)}${why}`,
			details: {
				task_id,
				ticket_id,
				outcome,
				agent_id,
				error_message,
				compensates,
			},
		},
	];
}

function finish(plan: PlanDocument): TimelineEvent[] {
	const { finished_at, status, error_message } = plan;
	if (finished_at === null) return [];
	return [
		{
			id: "finished",
			at: finished_at,
			kind: "plan.finished",
			summary: `the plan ended as ${status}${status === "SUCCESS" ? "" : because(error_message)}`,
			details: { status, error_message },
		},
	];
}

function words(outcome: string): string {
	return outcome === "timed_out" ? "timed out" : outcome;
}

function because(reason: string | null): string {
	return reason === null ? "" : `: ${reason}`;
}
