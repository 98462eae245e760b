import type {
	AttemptDocument,
	PlanDocument,
	TicketDocument,
} from "./documents.ts";

/** Kinds in their order within one moment, apart from steps. */
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
	"compensation.started",
	"compensation.published",
	"compensation.retried",
	"compensation.finished",
	"plan.finished",
] as const;
export type TimelineKind = (typeof timelineKinds)[number];

/** Something that happened to a plan. */
export interface TimelineEvent {
	/** The event's id; the same at every reading. */
	id: string;
	/** Unix epoch, ms. */
	at: number;
	kind: TimelineKind;
	/** A sentence for people. */
	summary: string;
	/** By kind: step, status, task_id, ticket_id, attempt, outcome, actor, reason and the like. */
	details: Record<string, unknown>;
}

/** An event and its sort keys among events of the same moment. */
export interface PlacedEvent extends TimelineEvent {
	/** The course of a plan, from left to right. */
	rank: Rank;
	/** Position of the ticket it is about in the plan. */
	order?: number | undefined;
}

const ranks = [
	"received",
	"C1",
	"approval",
	"command",
	"C2",
	"dispatch",
	"publication",
	"failure",
	"end",
	"dispatched",
	"C5",
	"compensation",
	"compensation-publication",
	"compensation-failure",
	"compensation-end",
	"finish",
	"C6",
] as const;
type Rank = (typeof ranks)[number];

/**
 * Sorts events, oldest first, and removes their sort keys; the result does not depend on the source or order
 * of the input.
 */
export function inOrder(events: readonly PlacedEvent[]): TimelineEvent[] {
	return events
		.toSorted(
			(a, b) =>
				a.at - b.at ||
				ranks.indexOf(a.rank) - ranks.indexOf(b.rank) ||
				(a.order ?? 0) - (b.order ?? 0),
		)
		.map(({ rank, order, ...event }) => event);
}

/** The fields of a stored ticket that a timeline needs. */
export type TimelineTicket = Pick<
	TicketDocument,
	| "ticket_id"
	| "task_id"
	| "task_type"
	| "generation"
	| "order"
	| "dependencies"
	| "outcome"
	| "attempt"
	| "created_at"
	| "started_at"
	| "completed_at"
	| "finished_at"
	| "agent_id"
	| "error_message"
	| "compensates"
>;
/** The fields of a publication that a timeline needs. */
export type TimelineAttempt = Pick<
	AttemptDocument,
	| "ticket_id"
	| "logical_ticket_id"
	| "task_id"
	| "attempt"
	| "generation"
	| "published_at"
	| "finished_at"
	| "actual_duration_ms"
	| "outcome"
	| "agent_id"
	| "error_message"
	| "result_source"
>;

/** A plan, stored or not. */
export type ToldPlan = Omit<PlanDocument, "revision">;

/** The input of a plan's timeline. */
export interface PlanHistory {
	plan: ToldPlan;
	tickets: readonly TimelineTicket[];
	attempts: readonly TimelineAttempt[];
}

/** `: reason`, or nothing. */
export function because(reason: string | null): string {
	return reason === null ? "" : `: ${reason}`;
}
