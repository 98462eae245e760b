import type { AllocationMetadata } from "./documents.ts";
import {
	closeAttempt,
	type Ending,
	endTicket,
	startClock,
} from "./end-ticket.ts";
import {
	type AttemptState,
	type Execution,
	makeReady,
	newestAttempt,
	specOf,
	stateOf,
	wireId,
} from "./execution.ts";

/** What is said of a plan whose time is up, and of its tickets; clients look for the word "timeout". */
export const PLAN_TIMEOUT = "timeout: the plan's time limit passed";

/** One attempt on its way to the topic. */
export interface Publication {
	ticket: number;
	attempt: number;
	/** A rerun opens another one: what is on its way for this one is then of no concern to the ticket. */
	generation: number;
}

/** What may be published now, least slack first (longest remaining path), marked as being published. */
export function takeReady(execution: Execution): Publication[] {
	const taken = [...execution.ready];
	if (execution.rules.dispatch === "as-ready") {
		taken.sort(
			(a, b) =>
				(execution.remainingMs[b] ?? 0) - (execution.remainingMs[a] ?? 0) ||
				a - b,
		);
	}
	for (const ticket of taken) stateOf(execution, ticket).phase = "publishing";
	execution.ready.clear();
	return taken.map((ticket) => ({
		ticket,
		attempt: stateOf(execution, ticket).attempts.length,
		generation: specOf(execution, ticket).generation,
	}));
}

/** Puts tickets whose publication was given up back in line: it may or may not have happened, so the same attempt goes out again. */
export function putBack(
	execution: Execution,
	publications: readonly Publication[],
): void {
	for (const { ticket } of stillWanted(execution, publications)) {
		const state = stateOf(execution, ticket);
		state.phase = "ready";
		execution.ready.add(ticket);
	}
}

/** Those of the publications whose tickets still wait for them. */
export function stillWanted(
	execution: Execution,
	publications: readonly Publication[],
): Publication[] {
	return publications.filter(
		(publication) =>
			isNewest(execution, publication) &&
			stateOf(execution, publication.ticket).phase === "publishing",
	);
}

function isNewest(
	execution: Execution,
	{ ticket, generation }: Publication,
): boolean {
	return specOf(execution, ticket).generation === generation;
}

/** Enters that the publications are handed to Kafka: from here on they may be on the topic. */
export function markTried(
	execution: Execution,
	publications: readonly Publication[],
): void {
	for (const { ticket, attempt } of publications) {
		const state = stateOf(execution, ticket);
		(state.attempts[attempt - 1] as AttemptState).tried = true;
	}
}

/** Enters a confirmed publication: from here on the ticket is RUNNING in our record. */
export function markPublished(
	execution: Execution,
	publications: readonly Publication[],
	atMs: number,
): void {
	for (const publication of publications) {
		if (!isNewest(execution, publication)) continue;
		const { ticket, attempt: number } = publication;
		const state = stateOf(execution, ticket);
		const attempt = state.attempts[number - 1] as AttemptState;
		// Who has reported on it had it by then.
		attempt.publishedAt = Math.min(attempt.publishedAt ?? atMs, atMs);
		attempt.dirty = true;
		execution.dirty.add(ticket);
		// Its result may have come before our confirmation.
		if (state.phase !== "publishing") continue;
		state.phase = "running";
		if (state.missing <= 0) startClock(execution, ticket, atMs);
	}
}

/** Enters a publication that was refused for good: as the failure of its attempt. */
export function failPublications(
	execution: Execution,
	publications: readonly Publication[],
	ending: Ending,
): void {
	for (const { ticket } of stillWanted(execution, publications)) {
		const state = stateOf(execution, ticket);
		Object.assign(newestAttempt(state) as AttemptState, {
			tried: false,
			end: "failed",
			finishedAt: ending.at,
			errorMessage: ending.errorMessage ?? null,
			dirty: true,
		});
		failAttempt(execution, ticket, ending);
	}
}

/** Enters who was chosen for the newest attempt of each ticket. */
export function markAllocated(
	execution: Execution,
	publications: readonly Publication[],
	allocations: readonly AllocationMetadata[],
): void {
	publications.forEach((publication, index) => {
		if (!isNewest(execution, publication)) return;
		const { ticket } = publication;
		stateOf(execution, ticket).allocation = allocations[index] ?? null;
		execution.dirty.add(ticket);
	});
}

/**
 * How long an attempt may take: `1.5 * timeout_ms * (max_retries + 1)`, the worker's own back-offs between
 * these tries, and an allowance for its queue (protocol.md, "Time").
 */
export function attemptTimeoutMs(execution: Execution, ticket: number): number {
	const { maxRetries, queueAllowanceMs, workerBackoffMs = 0 } = execution.rules;
	return (
		Math.ceil(1.5 * specOf(execution, ticket).timeout_ms * (maxRetries + 1)) +
		workerBackoffMs * (2 ** maxRetries - 1) +
		queueAllowanceMs
	);
}

/** The failure of the newest attempt: another attempt after its back-off, or the end when they are used up. */
export function failAttempt(
	execution: Execution,
	ticket: number,
	ending: Ending,
): void {
	const state = stateOf(execution, ticket);
	execution.ready.delete(ticket);
	execution.ticking.delete(ticket);
	execution.dirty.add(ticket);
	if (state.attempts.length >= execution.rules.maxAttempts) {
		endTicket(execution, ticket, ending);
		return;
	}
	state.phase = "backing-off";
	state.clockFromMs = null;
	state.errorMessage = ending.errorMessage ?? null;
	state.nextAttemptAtMs =
		ending.at +
		execution.rules.retryBackoffMs * 2 ** (state.attempts.length - 1);
	execution.backingOff.add(ticket);
}

/** Moves what is due at `nowMs`: attempts that timed out end, attempts whose back-off is over get in line. */
export function advance(execution: Execution, nowMs: number): void {
	for (const ticket of [...execution.ticking]) {
		const timeout = attemptTimeoutMs(execution, ticket);
		if (dueAtMs(execution, ticket) > nowMs) continue;
		const state = stateOf(execution, ticket);
		const id = wireId(execution, ticket, state.attempts.length);
		closeAttempt(state, "timed_out", nowMs);
		failAttempt(execution, ticket, {
			outcome: "timed_out",
			at: nowMs,
			errorMessage: `timeout: attempt ${state.attempts.length} (${id}) had no result within ${timeout} ms`,
		});
	}
	for (const ticket of [...execution.backingOff]) {
		if (dueAtMs(execution, ticket) <= nowMs) makeReady(execution, ticket);
	}
}

/** When `advance` has something to do; undefined when nothing waits for time. */
export function nextDueAtMs(execution: Execution): number | undefined {
	let earliest = Infinity;
	for (const ticket of execution.ticking)
		earliest = Math.min(earliest, dueAtMs(execution, ticket));
	for (const ticket of execution.backingOff)
		earliest = Math.min(earliest, dueAtMs(execution, ticket));
	return earliest === Infinity ? undefined : earliest;
}

/** When the clock of this ticket runs out: its time-out, or the end of its back-off. */
export function dueAtMs(execution: Execution, ticket: number): number {
	const { clockFromMs, nextAttemptAtMs } = stateOf(execution, ticket);
	if (nextAttemptAtMs !== null) return nextAttemptAtMs;
	return clockFromMs === null
		? Infinity
		: clockFromMs + attemptTimeoutMs(execution, ticket);
}

/** The plan's limit: published tickets time out for good, the others are skipped. */
export function closeAtLimit(execution: Execution, nowMs: number): void {
	endAllOpen(execution, (published) =>
		published
			? {
					outcome: "timed_out",
					at: nowMs,
					errorMessage: PLAN_TIMEOUT,
				}
			: {
					outcome: "skipped",
					at: nowMs,
					errorMessage: `skipped: ${PLAN_TIMEOUT} before it was published`,
				},
	);
}

/** The cancel command: every open ticket ends; results that still come are late. */
export function cancelOpen(
	execution: Execution,
	reason: string,
	nowMs: number,
): void {
	endAllOpen(execution, () => ({
		outcome: "cancelled",
		at: nowMs,
		errorMessage: `cancelled: ${reason}`,
	}));
}

/** After a pause: clocks go on where they stood when it began; those that began during it begin now. */
export function shiftClocks(
	execution: Execution,
	pausedAtMs: number,
	nowMs: number,
): void {
	for (const state of execution.tickets) {
		if (state.clockFromMs !== null)
			state.clockFromMs += nowMs - Math.max(pausedAtMs, state.clockFromMs);
		if (state.nextAttemptAtMs !== null) {
			const failedAtMs = newestAttempt(state)?.finishedAt ?? pausedAtMs;
			state.nextAttemptAtMs += nowMs - Math.max(pausedAtMs, failedAtMs);
		}
	}
}

function endAllOpen(
	execution: Execution,
	ending: (published: boolean) => Ending,
): void {
	// Descendants first, so that each gets its own ending and not that of what it depends on.
	for (let ticket = execution.tickets.length - 1; ticket >= 0; ticket--) {
		const state = stateOf(execution, ticket);
		if (state.outcome !== null) continue;
		const published = state.attempts.some(
			({ publishedAt, tried }) => publishedAt !== null || tried,
		);
		endTicket(execution, ticket, ending(published));
	}
}
