import type { AllocationMetadata } from "../documents.ts";
import { nameDependencies } from "./attempt-dependencies.ts";
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
} from "./state.ts";
import { attemptTimeoutMs, dueAtMs } from "./ticket-clocks.ts";

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

/**
 * Enters that the publications are handed to Kafka: from here on they may be on the topic, and whatever
 * names they have for their dependencies they keep.
 */
export function markTried(
	execution: Execution,
	publications: readonly Publication[],
): void {
	for (const { ticket, attempt: number } of publications) {
		const state = stateOf(execution, ticket);
		const attempt = state.attempts[number - 1] as AttemptState;
		if (attempt.tried) continue;
		attempt.tried = true;
		const dependencies = nameDependencies(execution, ticket);
		if (dependencies !== undefined) attempt.dependencies = dependencies;
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
		// The end of one before it in the batch may have skipped it.
		if (state.outcome !== null) continue;
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
	const failed = state.attempts.filter(({ uncounted }) => !uncounted).length;
	if (failed >= execution.rules.maxAttempts) {
		endTicket(execution, ticket, ending);
		return;
	}
	state.phase = "backing-off";
	state.clockFromMs = null;
	state.errorMessage = ending.errorMessage ?? null;
	const backoffMs = execution.rules.retryBackoffMs * 2 ** (failed - 1);
	state.nextAttemptAtMs = ending.at + backoffMs;
	if (ending.followsFromMs === undefined) delete state.dueFromMs;
	else state.dueFromMs = ending.followsFromMs + backoffMs;
	execution.backingOff.add(ticket);
}

/**
 * The failure of the newest attempt for want of its dependencies: another attempt as soon as they are
 * completed, which may be now.
 */
export function holdTicket(
	execution: Execution,
	ticket: number,
	{ followsFromMs, errorMessage = null }: Ending,
): void {
	const state = stateOf(execution, ticket);
	execution.ready.delete(ticket);
	execution.ticking.delete(ticket);
	execution.dirty.add(ticket);
	state.phase = "waiting";
	state.clockFromMs = null;
	state.errorMessage = errorMessage;
	if (state.missing <= 0) makeReady(execution, ticket, followsFromMs);
}

/** Moves what is due at `nowMs`: attempts that timed out end, attempts whose back-off is over get in line. */
export function advance(execution: Execution, nowMs: number): void {
	for (const ticket of [...execution.ticking]) {
		const timeout = attemptTimeoutMs(execution, ticket);
		const followsFromMs = dueAtMs(execution, ticket);
		if (followsFromMs > nowMs) continue;
		const state = stateOf(execution, ticket);
		const id = wireId(execution, ticket, state.attempts.length);
		closeAttempt(state, "timed_out", nowMs);
		failAttempt(execution, ticket, {
			outcome: "timed_out",
			at: nowMs,
			followsFromMs,
			errorMessage: `timeout: attempt ${state.attempts.length} (${id}) had no result within ${timeout} ms`,
		});
	}
	for (const ticket of [...execution.backingOff]) {
		if (dueAtMs(execution, ticket) > nowMs) continue;
		makeReady(execution, ticket, stateOf(execution, ticket).dueFromMs);
	}
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
