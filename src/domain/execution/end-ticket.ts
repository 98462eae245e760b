import type { TicketOutcome } from "../documents.ts";
import {
	type Execution,
	makeReady,
	newestAttempt,
	specOf,
	stateOf,
	type TicketState,
} from "./state.ts";

export interface Ending {
	outcome: TicketOutcome;
	at: number;
	/**
	 * From when on what follows from it may have gone out: `at` is later when a workflow task is done
	 * again, and the try that was lost has published. Absent: nobody knows.
	 */
	followsFromMs?: number | undefined;
	errorMessage?: string | null;
}

/** Gives a ticket its outcome and lets those that wait for it know; each ticket ends once. */
export function endTicket(
	execution: Execution,
	ticket: number,
	{ outcome, at, followsFromMs, errorMessage = null }: Ending,
): void {
	const state = stateOf(execution, ticket);
	if (state.outcome !== null) return;
	closeAttempt(state, outcome === "timed_out" ? "timed_out" : "cancelled", at);
	state.phase = "ended";
	state.outcome = outcome;
	state.finishedAt = at;
	state.errorMessage = errorMessage;
	state.nextAttemptAtMs = null;
	state.clockFromMs = null;
	delete state.dueFromMs;
	for (const attempt of state.attempts) delete attempt.dueFromMs;
	execution.openCount -= 1;
	execution.ready.delete(ticket);
	execution.backingOff.delete(ticket);
	execution.ticking.delete(ticket);
	execution.dirty.add(ticket);

	const released =
		outcome === "completed" || execution.rules.onFailure === "go-on";
	if (released) releaseDependants(execution, ticket, at, followsFromMs);
	else if (outcome === "failed" || outcome === "timed_out")
		skipDescendants(execution, ticket, at);
}

/** Ends the newest attempt, if it is open, without a result: nobody waits for one any more. */
export function closeAttempt(
	state: TicketState,
	end: "timed_out" | "cancelled",
	at: number,
): void {
	const attempt = newestAttempt(state);
	if (attempt?.end !== null) return;
	Object.assign(attempt, { end, finishedAt: at, dirty: true });
	// Whether a publication that was under way arrived is unknown, so it counts as published.
	if (attempt.tried) attempt.publishedAt ??= at;
}

function releaseDependants(
	execution: Execution,
	ticket: number,
	at: number,
	dueFromMs: number | undefined,
): void {
	for (const dependant of execution.dependants[ticket] ?? []) {
		const state = stateOf(execution, dependant);
		state.missing -= 1;
		if (state.missing > 0 || state.outcome !== null) continue;
		if (state.phase === "waiting") makeReady(execution, dependant, dueFromMs);
		else if (state.phase === "running") startClock(execution, dependant, at);
	}
}

/** Those behind a ticket that has ended are told already, so each is visited once in a plan's life. */
function skipDescendants(
	execution: Execution,
	ticket: number,
	at: number,
): void {
	const { task_id } = specOf(execution, ticket);
	const behind = [ticket];
	for (let next = behind.pop(); next !== undefined; next = behind.pop()) {
		for (const dependant of execution.dependants[next] ?? []) {
			if (stateOf(execution, dependant).outcome !== null) continue;
			endTicket(execution, dependant, {
				outcome: "skipped",
				at,
				errorMessage: `skipped: it depends on task ${task_id}, which did not complete`,
			});
			behind.push(dependant);
		}
	}
}

/** An attempt's clock begins at the later of its publication and the completion of its last dependency. */
export function startClock(
	execution: Execution,
	ticket: number,
	fromMs: number,
): void {
	let clockFromMs = fromMs;
	const state = stateOf(execution, ticket);
	for (const dependency of specOf(execution, ticket).dependencies) {
		const { finishedAt } = stateOf(execution, dependency);
		clockFromMs = Math.max(clockFromMs, finishedAt ?? 0);
	}
	clockFromMs = Math.max(clockFromMs, newestAttempt(state)?.publishedAt ?? 0);
	state.clockFromMs = clockFromMs;
	execution.ticking.add(ticket);
}
