import type { ConsolidatedResult } from "./consolidate.ts";
import { isFailure, type TicketOutcome } from "./documents.ts";
import { type Execution, specOf, stateOf, wireId } from "./execution/state.ts";
import type { IncidentFacts } from "./incident.ts";
import { firstWithin } from "./payload-limits.ts";

/** The largest number of suspected agents that are looked up. */
const MAX_SUSPECTS = 100;

/** Facts of an incident about failed or timed out tickets, and the suspected agents. */
export type FailureFacts = Pick<
	IncidentFacts,
	"type" | "details" | "affectedTickets" | "evidence"
> & { suspects: string[] };

/**
 * Facts about a plan that did not succeed. A failed task says nothing about its worker; only an agent that
 * was at work when time ran out is a suspect.
 */
export function failureFacts(
	execution: Execution,
	{ consistent, errors }: ConsolidatedResult,
): FailureFacts {
	const affected = ticketsThat(execution, isFailure);
	return {
		type: consistent ? typeOf(execution, affected) : "INCONSISTENCY",
		details: [
			...errors,
			...affected.map((ticket) => describe(execution, ticket)),
		],
		affectedTickets: affected.flatMap((ticket) => idsOf(execution, ticket)),
		evidence: evidenceOf(execution, affected),
		suspects: consistent ? suspectsOf(execution, affected) : [],
	};
}

/** Facts about compensations that did not complete, with the tickets that they should have undone. */
export function compensationFacts(compensation: Execution): FailureFacts {
	const affected = ticketsThat(
		compensation,
		(outcome) => outcome !== "completed",
	);
	return {
		type: typeOf(compensation, affected),
		details: affected.map(
			(ticket) => `the compensation failed: ${describe(compensation, ticket)}`,
		),
		affectedTickets: affected.flatMap((ticket) => [
			specOf(compensation, ticket).compensates ?? "",
			...idsOf(compensation, ticket),
		]),
		evidence: evidenceOf(compensation, affected),
		suspects: [],
	};
}

const MAX_EVIDENCE_TICKETS = 100;
const MAX_EVIDENCE_BYTES = 60_000;

/** What is known of these tickets and of their attempts, as JSON. */
function evidenceOf(execution: Execution, affected: readonly number[]): string {
	const some = affected.slice(0, MAX_EVIDENCE_TICKETS).map((ticket) => {
		const { ticket_id, task_id } = specOf(execution, ticket);
		const state = stateOf(execution, ticket);
		const { outcome, errorMessage: error_message, attempts } = state;
		const { rejection: rejection_metadata } = state;
		return {
			...{ ticket_id, task_id, outcome, error_message },
			...(rejection_metadata && { rejection_metadata }),
			attempts: attempts.map((attempt, index) => ({
				ticket_id: wireId(execution, ticket, index + 1),
				end: attempt.end,
				agent_id: attempt.agentId,
				published_at: attempt.publishedAt,
				finished_at: attempt.finishedAt,
				actual_duration_ms: attempt.actualDurationMs,
			})),
		};
	});
	return JSON.stringify({ tickets: firstWithin(some, MAX_EVIDENCE_BYTES) });
}

function ticketsThat(
	{ tickets }: Execution,
	holds: (outcome: TicketOutcome | null) => boolean,
): number[] {
	return [...tickets.keys()].filter((ticket) =>
		holds(tickets[ticket]?.outcome ?? null),
	);
}

function typeOf(
	execution: Execution,
	affected: readonly number[],
): IncidentFacts["type"] {
	const timedOut = affected.some(
		(ticket) => stateOf(execution, ticket).outcome === "timed_out",
	);
	return timedOut ? "TICKET_TIMEOUT" : "INCONSISTENCY";
}

function suspectsOf(
	execution: Execution,
	affected: readonly number[],
): string[] {
	const agents = affected.flatMap((ticket) =>
		stateOf(execution, ticket).attempts.flatMap(({ end, agentId }) =>
			end === "timed_out" && agentId !== null ? [agentId] : [],
		),
	);
	return [...new Set(agents)].slice(0, MAX_SUSPECTS);
}

/** The ticket's id, and its newest attempt's where that is another: workers know no other. */
function idsOf(execution: Execution, ticket: number): string[] {
	const { ticket_id } = specOf(execution, ticket);
	const { attempts } = stateOf(execution, ticket);
	const newest = wireId(execution, ticket, Math.max(1, attempts.length));
	return newest === ticket_id ? [ticket_id] : [ticket_id, newest];
}

function describe(execution: Execution, ticket: number): string {
	const { task_id } = specOf(execution, ticket);
	const { outcome, errorMessage, attempts } = stateOf(execution, ticket);
	const [ticketId, attemptId] = idsOf(execution, ticket);
	const attempt =
		attemptId === undefined ? "" : `, attempt ${attempts.length}: ${attemptId}`;
	const what = outcome === "timed_out" ? "timed out" : outcome;
	return `ticket ${ticketId}${attempt} of task ${task_id} ${what}: ${errorMessage ?? "nobody said why"}`;
}
