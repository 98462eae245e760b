import { clampRatio, workerScoreWeights } from "./worker-score.ts";

/**
 * What the outcomes of a worker's tickets of one kind have left: strengths that each outcome raises by one, and
 * that evaporate with time and with every further outcome, so that only the newest few count.
 */
export interface Trace {
	success: number;
	failure: number;
	/** Of the newest outcome, and of the newest failure (0: none), Unix epoch, ms. */
	at_ms: number;
	failed_at_ms: number;
	/**
	 * By how much its tickets outlasted what a model foretold: sum of the logarithms of actual over predicted, and how
	 * many there are. Both evaporate, more slowly than outcomes: durations spread.
	 */
	pace: number;
	paced: number;
}

export type TraceOutcome = "success" | "failure";

/** What of both strengths is left by one more outcome: together they stay below 5. */
export const KEPT_BY_OUTCOME = 0.8;
/** What of the pace is left by one more ticket: some twenty count. */
export const KEPT_BY_PACE = 0.95;
/** A report is believed to be off by so much at most, natural logarithm: eight times as long, or as short. */
export const MAX_PACE = Math.log(8);
/** Nothing is known. */
export const UNKNOWN_TRACE = 0.5;
/** A worker that fails is tried again after this share of the half-life. */
const PROBE_SHARE = 0.1;
/** Until then one that failed is tried again and again: others with better traces would keep it out for good. */
const RECOVERED = 0.75;
/** Even the worst gets a ticket when nobody else has a place. */
const LEAST_TRUST = 0.02;

/** How a ticket ended. */
export interface TraceEnd {
	outcome: TraceOutcome;
	/** Actual over predicted duration; absent: one of them is not known. */
	pace?: number | undefined;
}

/** The trace after one more outcome. `reservation-scripts.ts` does the same in Redis. */
export function leaveTrace(
	trace: Trace | undefined,
	{ outcome, pace }: TraceEnd,
	nowMs: number,
	halfLifeMs: number,
): Trace {
	const before = trace ?? NO_TRACE;
	const evaporated = evaporation(nowMs - (trace?.at_ms ?? nowMs), halfLifeMs);
	const left = KEPT_BY_OUTCOME * evaporated;
	const isFailure = outcome === "failure";
	// What failed early or late says nothing of the speed.
	const isPaced = !isFailure && pace !== undefined && pace > 0;
	const paceLeft = (isPaced ? KEPT_BY_PACE : 1) * evaporated;
	return {
		success: before.success * left + (isFailure ? 0 : 1),
		failure: before.failure * left + (isFailure ? 1 : 0),
		at_ms: nowMs,
		failed_at_ms: isFailure ? nowMs : before.failed_at_ms,
		pace: before.pace * paceLeft + (isPaced ? clampPace(Math.log(pace)) : 0),
		paced: before.paced * paceLeft + (isPaced ? 1 : 0),
	};
}

function clampPace(log: number): number {
	return Math.min(MAX_PACE, Math.max(-MAX_PACE, log));
}

const NO_TRACE = {
	...{ success: 0, failure: 0, failed_at_ms: 0 },
	...{ pace: 0, paced: 0 },
};

/** 0 to 1, 0.5 for nothing known: `0.5 + 0.5 (success - failure) / (success + failure + 1)` of what is left. */
export function scoreTrace(
	trace: Trace | undefined,
	nowMs: number,
	halfLifeMs: number,
): number {
	if (trace === undefined) return UNKNOWN_TRACE;
	const left = evaporation(nowMs - trace.at_ms, halfLifeMs);
	const success = trace.success * left;
	const failure = trace.failure * left;
	const score = 0.5 + (0.5 * (success - failure)) / (success + failure + 1);
	return Number.isFinite(score) ? clampRatio(score) : UNKNOWN_TRACE;
}

/** Clocks of two machines differ: what comes from the future has lost nothing. */
function evaporation(ageMs: number, halfLifeMs: number): number {
	return 2 ** (-Math.max(0, ageMs) / halfLifeMs);
}

/** Anybody can write to Redis: nothing else is a mean within bounds. It rounds both to 14 digits after each ticket. */
function hasPace({ pace, paced }: Trace): boolean {
	return paced > 0 && Math.abs(pace) <= MAX_PACE * paced * (1 + 1e-9);
}

/** How many times as long as predicted its tickets took; null: nobody knows. */
export function meanPace(trace: Trace): number | null {
	return hasPace(trace) ? Math.exp(trace.pace / trace.paced) : null;
}

/** What traces say of the workers of an index for one kind of ticket, by position. */
export interface TraceTerms {
	score: Float64Array;
	/**
	 * 1, and less for a worker that fails more than it succeeds: a bad score alone would not keep tickets from it,
	 * because a worker that fails at once is always free.
	 */
	trust: Float64Array;
	/** 1: it failed, and its last failure is old enough for a try, one ticket at a time. */
	isDue: Uint8Array;
	/** As in `Trace`, what is left of it. */
	pace: Float64Array;
	paced: Float64Array;
}

/** `agents`: ids by position. */
export function traceTerms(
	agents: readonly { agent_id: string }[],
	traces: ReadonlyMap<string, Trace>,
	nowMs: number,
	halfLifeMs: number,
): TraceTerms {
	const terms = {
		score: new Float64Array(agents.length).fill(UNKNOWN_TRACE),
		trust: new Float64Array(agents.length).fill(1),
		isDue: new Uint8Array(agents.length),
		pace: new Float64Array(agents.length),
		paced: new Float64Array(agents.length),
	};
	if (traces.size === 0) return terms;
	agents.forEach(({ agent_id }, position) => {
		const trace = traces.get(agent_id);
		if (trace === undefined) return;
		const score = scoreTrace(trace, nowMs, halfLifeMs);
		terms.score[position] = score;
		if (hasPace(trace)) {
			const left = evaporation(nowMs - trace.at_ms, halfLifeMs);
			terms.pace[position] = trace.pace * left;
			terms.paced[position] = trace.paced * left;
		}
		terms.trust[position] =
			score >= UNKNOWN_TRACE
				? 1
				: Math.max(LEAST_TRUST, (score / UNKNOWN_TRACE) ** 2);
		const hasRested =
			trace.failed_at_ms > 0 &&
			nowMs - trace.failed_at_ms >= PROBE_SHARE * halfLifeMs;
		if (hasRested && score < RECOVERED) terms.isDue[position] = 1;
	});
	return terms;
}

/** How a worker with so many tickets stands: `lead` is added to its weighed score. */
export function applyTraces(
	terms: TraceTerms | undefined,
	position: number,
	held: number,
): { score: number; lead: number; trust: number } {
	if (terms === undefined) return NEUTRAL;
	// A try counts as promising, or nobody would ever be tried while others are free.
	if (terms.isDue[position] === 1 && held === 0) return PROMISING;
	const score = terms.score[position] as number;
	const trust = terms.trust[position] as number;
	return { score, lead: leadOf(score), trust };
}

function leadOf(score: number): number {
	return workerScoreWeights.traces * (score - UNKNOWN_TRACE);
}

const NEUTRAL = { score: UNKNOWN_TRACE, lead: 0, trust: 1 };
const PROMISING = { score: 1, lead: leadOf(1), trust: 1 };
