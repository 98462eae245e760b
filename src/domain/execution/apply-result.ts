import type { TicketResult } from "../plan-run.ts";
import { namesIncomplete } from "./attempt-dependencies.ts";

import {
	type AttemptState,
	type Execution,
	newestAttempt,
	specOf,
	stateOf,
	type WritableAttempt,
	type WritableTicket,
	writableTicket,
} from "./state.ts";
import {
	backOff,
	type Ending,
	endTicket,
	failAttempt,
	holdTicket,
	markDirty,
} from "./transitions.ts";

/**
 * The effect of a result: `applied` moved the ticket; `preempted` did too, and costs it no attempt;
 * `superseded` is the failure of an attempt that had already been replaced, or the end of one from before a
 * rerun; `early` came before its attempt was due; `unknown` names no attempt of this plan that is on its way
 * to the topic yet; the others had no effect either.
 */
export type ResultEffect =
	| "applied"
	| "preempted"
	| "duplicate"
	| "late"
	| "superseded"
	| "ignored"
	| "early"
	| "unknown";

/**
 * The rules for results that differ from earlier releases, whose runs must go on as they were recorded:
 * called only when the rule makes a difference. True: today's rule.
 */
export interface ResultRules {
	/**
	 * A result that comes before its attempt is due, or on its way to the topic, is not taken; earlier releases
	 * took any result of an attempt.
	 */
	believesOnlyDue(): boolean;
	/** A failure for want of dependencies holds the ticket; earlier releases counted it as an attempt. */
	holdsTicket(): boolean;
}

const todaysRules: ResultRules = {
	holdsTicket: () => true,
	believesOnlyDue: () => true,
};

/** The clocks of the processes that receive results differ by less. */
const CLOCK_TOLERANCE_MS = 1_000;

/** Applies one result by the table of protocol.md, "Results": any number of times, in any order. */
export function applyResult(
	execution: Execution,
	result: TicketResult,
	nowMs: number,
	rules: ResultRules = todaysRules,
): ResultEffect {
	const place = execution.attemptIndex.get(result.ticket_id);
	if (place === undefined) {
		if (!execution.formerIds.has(result.ticket_id)) return "unknown";
		return result.status === "RUNNING" ? "ignored" : "superseded";
	}
	const state = writableTicket(execution, place.ticket);
	const attempt = state.attempts[place.attempt - 1] as WritableAttempt;
	if (isEarly(attempt, result) && rules.believesOnlyDue()) return "early";
	const isUnpublished =
		!attempt.tried &&
		attempt.publishedAt === null &&
		!mayHaveGoneOut(execution, place, result);
	if (isUnpublished && rules.believesOnlyDue()) return "unknown";
	if (attempt.reported.includes(result.status)) return "duplicate";
	attempt.reported.push(result.status);
	if (attempt.publishedAt === null) notePublished(attempt, result, nowMs);
	const effect = enter({
		execution,
		ticket: place.ticket,
		state,
		attempt,
		result,
		nowMs,
		rules,
	});
	if (hasMoved(effect) || attempt.dirty) markDirty(execution, place.ticket);
	return effect;
}

/** Whether a result of this effect moved its ticket. */
export function hasMoved(
	effect: ResultEffect,
): effect is "applied" | "preempted" {
	return effect === "applied" || effect === "preempted";
}

/**
 * Whether intake received the result before its attempt was due. For a result that comes straight from
 * intake, only the difference of two clocks may separate the two; a result from a retry topic may be of any
 * age.
 */
function isEarly(
	{ dueFromMs }: AttemptState,
	{ received_at_ms, retried }: TicketResult,
): boolean {
	if (dueFromMs === undefined || received_at_ms === undefined) return false;
	return received_at_ms + (retried ? 0 : CLOCK_TOLERANCE_MS) < dueFromMs;
}

/**
 * Whether a lost try of this workflow task may have published an attempt that is not on its way in our state:
 * the event that made it due was known, and the result was received after that. Otherwise the attempt goes
 * out first.
 */
function mayHaveGoneOut(
	execution: Execution,
	{ ticket, attempt: number }: { ticket: number; attempt: number },
	{ received_at_ms }: TicketResult,
): boolean {
	const { attempts } = stateOf(execution, ticket);
	const { end, dueFromMs } = attempts[number - 1] as AttemptState;
	const isFirst =
		number === 1 &&
		(execution.rules.dispatch === "all-at-once" ||
			specOf(execution, ticket).dependencies.length === 0);
	// An attempt that was refused for good is on no topic.
	if (isFirst || end !== null) return false;
	if (dueFromMs === undefined || received_at_ms === undefined) return true;
	return received_at_ms > dueFromMs;
}

/** A report proves the attempt was published, even if Kafka never confirmed it. */
function notePublished(
	attempt: WritableAttempt,
	result: TicketResult,
	nowMs: number,
): void {
	attempt.publishedAt = receivedAtMs(result, nowMs);
	attempt.dirty = true;
}

/** When intake received the report, by our clock; signals of earlier releases do not say. */
function receivedAtMs(result: TicketResult, nowMs: number): number {
	return Math.min(result.received_at_ms ?? nowMs, nowMs);
}

/** If the time of receipt is known: tickets that the result releases are due from then on. */
function followsFromMs(
	result: TicketResult,
	nowMs: number,
): number | undefined {
	return result.received_at_ms === undefined
		? undefined
		: receivedAtMs(result, nowMs);
}

/**
 * When the work began, as the worker says. Its clock may differ from ours, so not before the publication and
 * not after the receipt.
 */
function beganAtMs(
	{ publishedAt }: AttemptState,
	result: TicketResult,
	nowMs: number,
): number {
	const receivedAt = receivedAtMs(result, nowMs);
	const saidMs = result.reported_at_ms ?? receivedAt;
	return Math.min(Math.max(saidMs, publishedAt ?? saidMs), receivedAt);
}

interface Entry {
	execution: Execution;
	ticket: number;
	state: WritableTicket;
	attempt: WritableAttempt;
	result: TicketResult;
	nowMs: number;
	rules: ResultRules;
}

function enter(entry: Entry): ResultEffect {
	switch (entry.result.status) {
		case "RUNNING":
			return enterRunning(entry);
		case "COMPLETED":
			return enterCompleted(entry);
		case "FAILED":
			return enterFailed(entry);
	}
}

function enterRunning({ state, attempt, result, nowMs }: Entry): ResultEffect {
	if (state.outcome !== null || attempt.end !== null) return "ignored";
	state.startedAt = beganAtMs(attempt, result, nowMs);
	state.agentId = result.agent_id;
	attempt.agentId = result.agent_id;
	attempt.dirty = true;
	return "applied";
}

function enterCompleted({
	execution,
	ticket,
	state,
	attempt,
	result,
	nowMs,
}: Entry): ResultEffect {
	if (state.outcome !== null) return "late";
	endAttempt(attempt, "completed", result, nowMs);
	state.startedAt ??= nowMs;
	state.agentId = result.agent_id ?? state.agentId;
	state.actualDurationMs = result.actual_duration_ms;
	state.output = result.output;
	endTicket(execution, ticket, {
		outcome: "completed",
		at: nowMs,
		followsFromMs: followsFromMs(result, nowMs),
	});
	return "applied";
}

function enterFailed({
	execution,
	ticket,
	state,
	attempt,
	result,
	nowMs,
	rules,
}: Entry): ResultEffect {
	if (state.outcome !== null) return "late";
	if (attempt !== newestAttempt(state)) return "superseded";
	// Only the first end of an attempt counts; this attempt had timed out.
	if (attempt.end !== null) return "duplicate";
	endAttempt(attempt, "failed", result, nowMs);
	state.agentId = result.agent_id ?? state.agentId;
	const ending: Ending = {
		outcome: "failed",
		at: nowMs,
		followsFromMs: followsFromMs(result, nowMs),
		errorMessage: result.error_message ?? "the worker gave no reason",
	};
	const isHeld = namesIncomplete(execution, ticket, state.attempts.length);
	if (isHeld && rules.holdsTicket()) {
		attempt.uncounted = true;
		holdTicket(execution, ticket, ending);
		return "applied";
	}
	state.startedAt ??= nowMs;
	state.actualDurationMs = result.actual_duration_ms;
	const { preemptionDelayMs } = execution.rules;
	const isFirstTime = state.attempts.every(({ preempted }) => !preempted);
	if (result.preempted && preemptionDelayMs !== undefined && isFirstTime) {
		attempt.uncounted = true;
		attempt.preempted = true;
		backOff(execution, ticket, ending, preemptionDelayMs);
		return "preempted";
	}
	failAttempt(execution, ticket, ending);
	return "applied";
}

function endAttempt(
	attempt: WritableAttempt,
	end: "completed" | "failed",
	result: TicketResult,
	nowMs: number,
): void {
	attempt.end = end;
	attempt.finishedAt = nowMs;
	attempt.agentId = result.agent_id ?? attempt.agentId;
	attempt.actualDurationMs = result.actual_duration_ms;
	attempt.errorMessage = result.error_message;
	attempt.source = result.source;
	attempt.dirty = true;
}
