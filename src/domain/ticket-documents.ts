import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import type {
	AttemptDocument,
	DocumentWrite,
	TicketDocument,
	TicketOutcome,
} from "./documents.ts";
import {
	type AttemptState,
	type Execution,
	specOf,
	stateOf,
	type TicketState,
	wireId,
} from "./execution/state.ts";
import type { PlanTerms } from "./generate-tickets.ts";
import { showAllocation } from "./prediction/show-allocation.ts";
import {
	attemptMetadata,
	type PlanIdentity,
	taskIdOf,
	toWireTicket,
} from "./wire-ticket.ts";

export interface TicketContext {
	execution: Execution;
	identity: PlanIdentity;
	terms: PlanTerms;
}

/**
 * The present document of one ticket: the wire ticket with its state, and fields that the wire does not have.
 */
export function ticketDocument(
	context: TicketContext,
	ticket: number,
	nowMs: number,
): Omit<TicketDocument, "revision"> {
	const { execution, identity, terms } = context;
	const state = stateOf(execution, ticket);
	const spec = specOf(execution, ticket);
	const wire = toWireTicket(
		execution,
		ticket,
		Math.max(1, state.attempts.length),
		identity,
		terms,
	);
	return {
		...wire,
		ticket_id: spec.ticket_id,
		workflow_id: identity.workflow_id,
		orchestrator_version: identity.orchestrator_version,
		generation: spec.generation,
		compensates: spec.compensates ?? null,
		// Waiting workers look these ids up; on the wire a compensation has none.
		dependencies: spec.dependencies.map(
			(dependency) => specOf(execution, dependency).ticket_id,
		),
		output: {},
		order: ticket,
		...ticketChanges(context, ticket, nowMs),
	};
}

/** Includes the ids of plan and task: watchers are told from the changes alone. */
type TicketChanges = Pick<
	TicketDocument,
	| "plan_id"
	| "task_id"
	| "status"
	| "outcome"
	| "attempt"
	| "attempt_ticket_id"
	| "retry_count"
	| "priority"
	| "published_at"
	| "started_at"
	| "completed_at"
	| "finished_at"
	| "actual_duration_ms"
	| "error_message"
	| "agent_id"
	| "compensation_ticket_id"
	| "metadata"
	| "allocation_metadata"
	| "updated_at"
> &
	Partial<
		Pick<
			TicketDocument,
			"output" | "compensated_at" | "rejection_metadata" | "predictions"
		>
	>;

/**
 * The fields that change during a ticket's life. An output that has left the state stays as it was written.
 */
function ticketChanges(
	{ execution, identity, terms }: TicketContext,
	ticket: number,
	nowMs: number,
): TicketChanges {
	const state = stateOf(execution, ticket);
	const attempt = Math.max(1, state.attempts.length);
	return {
		plan_id: identity.plan_id,
		task_id: taskIdOf(specOf(execution, ticket)),
		status: statusOf(state),
		outcome: state.outcome,
		attempt,
		attempt_ticket_id: wireId(execution, ticket, attempt),
		retry_count: attempt - 1,
		priority: state.attempts[attempt - 1]?.priority ?? terms.priority,
		published_at: state.attempts[0]?.publishedAt ?? null,
		started_at: state.startedAt,
		completed_at: hasCompleted(state) ? state.finishedAt : null,
		finished_at: state.finishedAt,
		actual_duration_ms: state.actualDurationMs,
		error_message: state.errorMessage,
		agent_id: state.agentId,
		...(state.output === null ? {} : { output: state.output }),
		compensation_ticket_id: state.compensationTicketId,
		...(state.compensatedAt && { compensated_at: state.compensatedAt }),
		metadata: attemptMetadata(execution, ticket, attempt, identity),
		...showAllocation(state.allocation),
		...(state.rejection && { rejection_metadata: state.rejection }),
		updated_at: nowMs,
	};
}

/** True also after a compensation. */
function hasCompleted({ attempts }: TicketState): boolean {
	return attempts.some(({ end }) => end === "completed");
}

const finalStatuses: Record<TicketOutcome, ExecutionTicket["status"]> = {
	completed: "COMPLETED",
	failed: "FAILED",
	timed_out: "FAILED",
	skipped: "FAILED",
	cancelled: "FAILED",
	compensated: "COMPENSATED",
};

/**
 * The enum's word. While a retry is pending it stays RUNNING, so that workers do not abandon dependent
 * tickets.
 */
export function statusOf(state: TicketState): ExecutionTicket["status"] {
	if (state.outcome === "compensated") return "COMPENSATED";
	if (state.compensating) return "COMPENSATING";
	if (state.outcome !== null) return finalStatuses[state.outcome];
	return state.attempts.some(({ publishedAt }) => publishedAt !== null)
		? "RUNNING"
		: "PENDING";
}

/**
 * The writes that bring a ticket's documents up to date: the whole ticket the first time, then its
 * changes; and each attempt that was published and changed since.
 */
export function ticketWrites(
	context: TicketContext,
	ticket: number,
	revision: string,
	nowMs: number,
): DocumentWrite[] {
	const { execution } = context;
	const state = stateOf(execution, ticket);
	const { ticket_id, formerBytes } = specOf(execution, ticket);
	const writes: DocumentWrite[] = [
		{
			collection: "execution_tickets",
			_id: ticket_id,
			revision,
			...(formerBytes !== undefined && { formerBytes }),
			fields: state.documented
				? { ...ticketChanges(context, ticket, nowMs) }
				: wholeTicket(context, ticket, nowMs),
			isNew: !state.documented,
		},
	];
	state.attempts.forEach((attempt, index) => {
		if (!attempt.dirty || attempt.publishedAt === null) return;
		const fields = attempt.documented
			? attemptChanges(attempt, nowMs)
			: attemptDocument(context, ticket, index + 1, nowMs);
		writes.push({
			collection: "ticket_attempts",
			_id: wireId(execution, ticket, index + 1),
			revision,
			fields: { ...fields },
			isNew: !attempt.documented,
		});
	});
	return writes;
}

/** The final writes of a ticket that a rerun replaces: the whole ticket, and every published attempt. */
export function lastTicketWrites(
	context: TicketContext,
	ticket: number,
	supersededBy: string | null,
	nowMs: number,
): Omit<DocumentWrite, "revision">[] {
	const { execution } = context;
	const state = stateOf(execution, ticket);
	const attempts = state.attempts.flatMap((attempt, index) => {
		if (attempt.publishedAt === null) return [];
		const number = index + 1;
		return {
			collection: "ticket_attempts" as const,
			_id: wireId(execution, ticket, number),
			fields: { ...attemptDocument(context, ticket, number, nowMs) },
			isNew: !attempt.documented,
		};
	});
	const { ticket_id, formerBytes } = specOf(execution, ticket);
	return [
		{
			collection: "execution_tickets",
			_id: ticket_id,
			...(formerBytes !== undefined && { formerBytes }),
			fields: {
				...wholeTicket(context, ticket, nowMs),
				...(supersededBy === null ? {} : { superseded_by: supersededBy }),
			},
			isNew: !state.documented,
		},
		...attempts,
	];
}

function wholeTicket(
	context: TicketContext,
	ticket: number,
	nowMs: number,
): Record<string, unknown> {
	const { output, ...fields } = ticketDocument(context, ticket, nowMs);
	const isHere = stateOf(context.execution, ticket).output !== null;
	return isHere ? { ...fields, output } : fields;
}

/** The document of one attempt (from 1) that was published. */
export function attemptDocument(
	{ execution, identity }: TicketContext,
	ticket: number,
	number: number,
	nowMs: number,
): Omit<AttemptDocument, "revision"> {
	const spec = specOf(execution, ticket);
	const attempt = stateOf(execution, ticket).attempts[
		number - 1
	] as AttemptState;
	return {
		ticket_id: wireId(execution, ticket, number),
		logical_ticket_id: spec.ticket_id,
		plan_id: identity.plan_id,
		workflow_id: identity.workflow_id,
		task_id: spec.task_id,
		attempt: number,
		generation: spec.generation,
		orchestrator_version: identity.orchestrator_version,
		...attemptChanges(attempt, nowMs),
	};
}

function attemptChanges(
	attempt: AttemptState,
	nowMs: number,
): Pick<
	AttemptDocument,
	| "published_at"
	| "status"
	| "outcome"
	| "agent_id"
	| "actual_duration_ms"
	| "error_message"
	| "finished_at"
	| "result_source"
	| "updated_at"
> {
	return {
		published_at: attempt.publishedAt ?? nowMs,
		status:
			attempt.end === null
				? "RUNNING"
				: attempt.end === "completed"
					? "COMPLETED"
					: "FAILED",
		outcome: attempt.end,
		agent_id: attempt.agentId,
		actual_duration_ms: attempt.actualDurationMs,
		error_message: attempt.errorMessage,
		finished_at: attempt.finishedAt,
		result_source: attempt.source,
		updated_at: nowMs,
	};
}
