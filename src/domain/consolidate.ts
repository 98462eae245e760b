import { type Execution, specOf } from "./execution/state.ts";
import type { StatusAfter } from "./plan-lifecycle.ts";

/** The result of C5, in `workflow_results` and the telemetry frame. */
export interface ConsolidatedResult {
	status: StatusAfter<"concluded">;
	/** Whether every ticket has an outcome and a consistent history; `errors` name the others. */
	consistent: boolean;
	errors: string[];
	metrics: {
		total_tickets: number;
		successful_tickets: number;
		failed_tickets: number;
		compensated_tickets: number;
		/** Sum of the reported durations. */
		total_duration_ms: number;
		total_retries: number;
		/** Tickets that ended after their deadline. */
		sla_violations: number;
	};
}

/**
 * C5: SUCCESS when every ticket completed; FAILED when more than half did not; else PARTIAL
 * (protocol.md). A cancelled plan is CANCELLED whatever its tickets did.
 */
export function consolidate(
	execution: Execution,
	cancelled: boolean,
): ConsolidatedResult {
	const { tickets } = execution;
	const completed = tickets.filter(
		({ outcome }) => outcome === "completed",
	).length;
	const errors = findInconsistencies(execution);
	return {
		status: cancelled ? "CANCELLED" : judge(completed, tickets.length),
		consistent: errors.length === 0,
		errors,
		metrics: {
			total_tickets: tickets.length,
			successful_tickets: completed,
			failed_tickets: tickets.length - completed,
			compensated_tickets: 0,
			total_duration_ms: sum(
				tickets.map(({ actualDurationMs }) => actualDurationMs ?? 0),
			),
			total_retries: sum(
				tickets.map(({ attempts }) => Math.max(0, attempts.length - 1)),
			),
			sla_violations: tickets.filter(
				({ finishedAt, outcome }, ticket) =>
					outcome !== "skipped" &&
					outcome !== "cancelled" &&
					(finishedAt ?? 0) > specOf(execution, ticket).deadline,
			).length,
		},
	};
}

function judge(completed: number, total: number): StatusAfter<"concluded"> {
	if (completed === total) return "SUCCESS";
	return total - completed > total / 2 ? "FAILED" : "PARTIAL";
}

/** Integrity: every ticket has an outcome, and no ticket completed before one of its dependencies. */
function findInconsistencies(execution: Execution): string[] {
	const errors = listInconsistencies(execution);
	const more = errors.length - MAX_ERRORS;
	return more <= 0
		? errors
		: [...errors.slice(0, MAX_ERRORS), `and ${more} more like these`];
}

/** Under V1 one ticket that completed too early is an error for each of its dependencies. */
const MAX_ERRORS = 100;

function listInconsistencies(execution: Execution): string[] {
	return execution.tickets.flatMap((state, ticket) => {
		const { ticket_id, dependencies } = specOf(execution, ticket);
		if (state.outcome === null) return [`ticket ${ticket_id} has no outcome`];
		if (state.outcome !== "completed") return [];
		const early = dependencies.filter(
			(dependency) => execution.tickets[dependency]?.outcome !== "completed",
		);
		return early.map(
			(dependency) =>
				`ticket ${ticket_id} completed, but ticket ${specOf(execution, dependency).ticket_id}, on which it depends, did not`,
		);
	});
}

function sum(values: number[]): number {
	return values.reduce((total, value) => total + value, 0);
}
