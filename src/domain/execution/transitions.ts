// Long because it is every transition of a ticket but those of results, reruns and compensation.
import type {
	AllocationMetadata,
	RejectionMetadata,
	TicketOutcome,
} from "../documents.ts";
import type { PlanTerms } from "../generate-tickets.ts";
import { nameDependencies } from "./attempt-dependencies.ts";
import { readyOrder } from "./ready-order.ts";
import {
	type Execution,
	newestAttempt,
	specOf,
	stateOf,
	type TicketPhase,
	type WritableAttempt,
	type WritableTicket,
	wireId,
	writable,
	writableTicket,
} from "./state.ts";
import { attemptTimeoutMs, dueAtMs } from "./ticket-clocks.ts";

/** The error of a plan whose time is up, and of its tickets; clients look for the word "timeout". */
export const PLAN_TIMEOUT = "timeout: the plan's time limit passed";

/** One attempt on its way to the topic. */
export interface Publication {
	ticket: number;
	attempt: number;
	/** A rerun raises the generation; publications of an older one are ignored. */
	generation: number;
}

/** Takes the tickets that may be published now, in this order, and marks them as being published. */
export function takeReady(
	execution: Execution,
	taken: readonly number[] = readyOrder(execution),
): Publication[] {
	for (const ticket of taken) setPhase(execution, ticket, "publishing");
	return taken.map((ticket) => ({
		ticket,
		attempt: stateOf(execution, ticket).attempts.length,
		generation: specOf(execution, ticket).generation,
	}));
}

/**
 * Makes tickets ready again whose publication was given up: it may or may not have happened, so the same
 * attempt goes out again.
 */
export function putBack(
	execution: Execution,
	publications: readonly Publication[],
): void {
	for (const { ticket } of stillWanted(execution, publications))
		setPhase(execution, ticket, "ready");
}

/** The publications whose tickets still wait for them. */
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

/** Marks attempts as handed to Kafka: they may now be on the topic, and keep the names of their dependencies. */
export function markTried(
	execution: Execution,
	publications: readonly Publication[],
): void {
	for (const { ticket, attempt: number } of publications) {
		const { attempts } = writableTicket(execution, ticket);
		const attempt = attempts[number - 1] as WritableAttempt;
		if (attempt.tried) continue;
		attempt.tried = true;
		const dependencies = nameDependencies(execution, ticket);
		if (dependencies !== undefined) attempt.dependencies = dependencies;
	}
}

/** Applies a confirmed publication: the ticket is RUNNING from now on. */
export function markPublished(
	execution: Execution,
	publications: readonly Publication[],
	atMs: number,
): void {
	for (const publication of publications) {
		if (!isNewest(execution, publication)) continue;
		const { ticket, attempt: number } = publication;
		const state = writableTicket(execution, ticket);
		const attempt = state.attempts[number - 1] as WritableAttempt;
		// A report that came earlier proves an earlier publication.
		attempt.publishedAt = Math.min(attempt.publishedAt ?? atMs, atMs);
		attempt.dirty = true;
		markDirty(execution, ticket);
		// Its result may have come before our confirmation.
		if (state.phase !== "publishing") continue;
		setPhase(execution, ticket, "running");
		if (state.missing <= 0) startClock(execution, ticket, atMs);
	}
}

/**
 * The publications that nobody had tried before: if nothing of them was handed to Kafka, `unmarkTried` takes
 * the mark back.
 */
export function untried(
	execution: Execution,
	publications: readonly Publication[],
): Publication[] {
	return publications.filter(
		({ ticket, attempt }) =>
			stateOf(execution, ticket).attempts[attempt - 1]?.tried === false,
	);
}

/** Takes `markTried` back: the attempts are on no topic. */
export function unmarkTried(
	execution: Execution,
	publications: readonly Publication[],
): void {
	for (const publication of publications) {
		if (!isNewest(execution, publication)) continue;
		const { attempts } = writableTicket(execution, publication.ticket);
		const attempt = attempts[publication.attempt - 1] as WritableAttempt;
		if (attempt.publishedAt !== null) continue;
		attempt.tried = false;
		delete attempt.dependencies;
	}
}

/** Applies a refused publication: as the failure of its attempt. */
export function failPublications(
	execution: Execution,
	publications: readonly Publication[],
	ending: Ending,
): void {
	for (const { ticket } of stillWanted(execution, publications)) {
		const state = stateOf(execution, ticket);
		// The end of an earlier ticket of the batch may have skipped this one.
		if (state.outcome !== null) continue;
		Object.assign(state.attempts.at(-1) as WritableAttempt, {
			tried: false,
			end: "failed",
			finishedAt: ending.at,
			errorMessage: ending.errorMessage ?? null,
			dirty: true,
		});
		failAttempt(execution, ticket, ending);
	}
}

/** Notes the chosen worker of each ticket's newest attempt. */
export function markAllocated(
	execution: Execution,
	publications: readonly Publication[],
	allocations: readonly AllocationMetadata[],
): void {
	publications.forEach((publication, index) => {
		if (!isNewest(execution, publication)) return;
		const { ticket } = publication;
		const chosen = allocations[index] ?? null;
		writableTicket(execution, ticket).allocation = chosen;
		markDirty(execution, ticket);
	});
}

/**
 * Applies the failure of the newest attempt: another attempt after its back-off, or the ticket's end if none
 * is left or would help.
 */
export function failAttempt(
	execution: Execution,
	ticket: number,
	ending: Ending,
): void {
	const state = writableTicket(execution, ticket);
	const failed = state.attempts.filter(({ uncounted }) => !uncounted).length;
	if (ending.isFinal === true || failed >= execution.rules.maxAttempts) {
		endTicket(execution, ticket, ending);
		return;
	}
	const { retryBackoffMs } = execution.rules;
	backOff(execution, ticket, ending, retryBackoffMs * 2 ** (failed - 1));
}

/** Another attempt of the ticket after this time. */
export function backOff(
	execution: Execution,
	ticket: number,
	{ at, followsFromMs, errorMessage = null }: Ending,
	backoffMs: number,
): void {
	const state = writableTicket(execution, ticket);
	setPhase(execution, ticket, "backing-off");
	markDirty(execution, ticket);
	state.errorMessage = errorMessage;
	state.nextAttemptAtMs = at + backoffMs;
	if (followsFromMs === undefined) delete state.dueFromMs;
	else state.dueFromMs = followsFromMs + backoffMs;
}

/**
 * Applies the failure of the newest attempt for want of its dependencies: another attempt as soon as they are
 * completed, which may be now.
 */
export function holdTicket(
	execution: Execution,
	ticket: number,
	{ followsFromMs, errorMessage = null }: Ending,
): void {
	const state = writableTicket(execution, ticket);
	setPhase(execution, ticket, "waiting");
	markDirty(execution, ticket);
	state.errorMessage = errorMessage;
	if (state.missing <= 0) makeReady(execution, ticket, followsFromMs);
}

/**
 * Moves the tickets that are due at `nowMs`: an attempt that timed out ends, a ticket whose back-off is over
 * is ready.
 */
export function advance(execution: Execution, nowMs: number): void {
	for (const ticket of [...execution.ticking]) {
		const timeout = attemptTimeoutMs(execution, ticket);
		const followsFromMs = dueAtMs(execution, ticket);
		if (followsFromMs > nowMs) continue;
		const state = writableTicket(execution, ticket);
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

/** Moves a ticket to another phase, which ends its waits of the phase before. */
function setPhase(
	execution: Execution,
	ticket: number,
	phase: TicketPhase,
): void {
	const state = writableTicket(execution, ticket);
	if (phase === "ended") writable(execution).openCount -= 1;
	state.phase = phase;
	state.nextAttemptAtMs = null;
	state.clockFromMs = null;
	track(execution, ticket);
}

/** Keeps the sets of tickets that wait for something in step with a ticket's phase and clock. */
export function track(execution: Execution, ticket: number): void {
	const { phase, clockFromMs } = stateOf(execution, ticket);
	const { ready, backingOff, ticking } = writable(execution);
	place(ready, ticket, phase === "ready");
	place(backingOff, ticket, phase === "backing-off");
	place(ticking, ticket, phase === "running" && clockFromMs !== null);
}

function place(set: Set<number>, ticket: number, belongs: boolean): void {
	if (belongs) set.add(ticket);
	else set.delete(ticket);
}

/** The ticket's documents do not show its newest state. */
export function markDirty(execution: Execution, ticket: number): void {
	writable(execution).dirty.add(ticket);
}

function endAllOpen(
	execution: Execution,
	ending: (published: boolean) => Ending,
): void {
	// Descendants first, so that each gets its own ending, not the one of its dependency.
	for (let ticket = execution.tickets.length - 1; ticket >= 0; ticket--) {
		const state = stateOf(execution, ticket);
		if (state.outcome !== null) continue;
		const published = state.attempts.some(
			({ publishedAt, tried }) => publishedAt !== null || tried,
		);
		endTicket(execution, ticket, ending(published));
	}
}

/**
 * Keeps the priority that each attempt was published with before the plan got another one; documents of the
 * tickets still to come are written again.
 */
export function keepPublishedPriority(
	execution: Execution,
	priority: PlanTerms["priority"],
): void {
	writable(execution).tickets.forEach((state, ticket) => {
		for (const attempt of state.attempts)
			if (attempt.tried || attempt.publishedAt !== null)
				attempt.priority ??= priority;
		const newest = stateOf(execution, ticket).attempts.at(-1);
		if (state.outcome === null && newest?.priority === undefined)
			markDirty(execution, ticket);
	});
}

/**
 * Moves the clocks after a pause: a clock that ran when the pause began goes on from there; one that began
 * during the pause begins now.
 */
export function shiftClocks(
	execution: Execution,
	pausedAtMs: number,
	nowMs: number,
): void {
	for (const state of writable(execution).tickets) {
		if (state.clockFromMs !== null)
			state.clockFromMs += nowMs - Math.max(pausedAtMs, state.clockFromMs);
		if (state.nextAttemptAtMs !== null) {
			const failedAtMs = newestAttempt(state)?.finishedAt ?? pausedAtMs;
			state.nextAttemptAtMs += nowMs - Math.max(pausedAtMs, failedAtMs);
		}
	}
}

/** Goes on by V1's rules: what waits for its dependencies goes out, and workers wait for them. */
export function goOnAllAtOnce(execution: Execution): void {
	writable(execution).rules = { ...execution.rules, dispatch: "all-at-once" };
	execution.tickets.forEach(({ phase }, ticket) => {
		if (phase === "waiting") makeReady(execution, ticket, undefined);
	});
}

/** Opens the next attempt of a ticket, ready for publication; see `dueFromMs`. */
export function makeReady(
	execution: Execution,
	ticket: number,
	dueFromMs: number | undefined,
): void {
	const state = writableTicket(execution, ticket);
	setPhase(execution, ticket, "ready");
	state.attempts.push({
		tried: false,
		publishedAt: null,
		end: null,
		finishedAt: null,
		agentId: null,
		actualDurationMs: null,
		errorMessage: null,
		source: null,
		reported: [],
		...(dueFromMs !== undefined && { dueFromMs }),
		documented: false,
		dirty: true,
	});
	const attempt = state.attempts.length;
	const id = wireId(execution, ticket, attempt);
	writable(execution).attemptIndex.set(id, { ticket, attempt });
	// The ticket's document names its newest attempt.
	if (attempt > 1) markDirty(execution, ticket);
}

export interface Ending {
	outcome: TicketOutcome;
	at: number;
	/**
	 * From when on the tickets it releases may have gone out: `at` is later when a workflow task is retried and
	 * its lost try has published. Absent when unknown.
	 */
	followsFromMs?: number | undefined;
	errorMessage?: string | null;
	/** Another attempt would fail the same way. */
	isFinal?: boolean;
	/** It was refused before it went to a worker. */
	rejection?: RejectionMetadata;
}

/** Gives a ticket its outcome and tells its dependants; each ticket ends once. */
export function endTicket(
	execution: Execution,
	ticket: number,
	{ outcome, at, followsFromMs, errorMessage = null, rejection }: Ending,
): void {
	const state = writableTicket(execution, ticket);
	if (state.outcome !== null) return;
	if (rejection !== undefined) state.rejection = rejection;
	closeAttempt(state, outcome === "timed_out" ? "timed_out" : "cancelled", at);
	setPhase(execution, ticket, "ended");
	markDirty(execution, ticket);
	state.outcome = outcome;
	state.finishedAt = at;
	state.errorMessage = errorMessage;
	delete state.dueFromMs;
	for (const attempt of state.attempts) delete attempt.dueFromMs;

	const released =
		outcome === "completed" || execution.rules.onFailure === "go-on";
	if (released) releaseDependants(execution, ticket, at, followsFromMs);
	else if (outcome === "failed" || outcome === "timed_out")
		skipDescendants(execution, ticket, at);
}

/** Ends the newest attempt without a result, if it is open. */
function closeAttempt(
	state: WritableTicket,
	end: "timed_out" | "cancelled",
	at: number,
): void {
	const attempt = state.attempts.at(-1);
	if (attempt?.end !== null) return;
	Object.assign(attempt, { end, finishedAt: at, dirty: true });
	// Nobody knows whether a publication under way arrived, so it counts as published.
	if (attempt.tried) attempt.publishedAt ??= at;
}

function releaseDependants(
	execution: Execution,
	ticket: number,
	at: number,
	dueFromMs: number | undefined,
): void {
	for (const dependant of execution.dependants[ticket] ?? []) {
		const state = writableTicket(execution, dependant);
		state.missing -= 1;
		if (state.missing > 0 || state.outcome !== null) continue;
		if (state.phase === "waiting") makeReady(execution, dependant, dueFromMs);
		else if (state.phase === "running") startClock(execution, dependant, at);
	}
}

/** Descendants that have ended are passed over, so each ticket is visited once. */
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
function startClock(
	execution: Execution,
	ticket: number,
	fromMs: number,
): void {
	let clockFromMs = fromMs;
	const state = writableTicket(execution, ticket);
	for (const dependency of specOf(execution, ticket).dependencies) {
		const { finishedAt } = stateOf(execution, dependency);
		clockFromMs = Math.max(clockFromMs, finishedAt ?? 0);
	}
	clockFromMs = Math.max(clockFromMs, newestAttempt(state)?.publishedAt ?? 0);
	state.clockFromMs = clockFromMs;
	track(execution, ticket);
}
