import type { Arm, JudgedOutcome } from "./judgement.ts";
import { normalTail } from "./normal-tail.ts";

/** How many plans of each arm took about e^x of their estimate: buckets of x from -2 to 2, 5 % apart. */
export type RatioCounts = Record<Arm, number[]>;

const BUCKETS_A_UNIT = 20;
const LOWEST = -2;
const BUCKETS = 80;
/** With fewer of either arm nothing is said. */
const LEAST_PLANS = 20;

/** Chance that durations of equal arms are called worse in a whole rollout: each step has its part of it. */
export const DURATION_ALPHA = 0.01;
/** Significant is not enough, it must matter too: how often a plan of the candidate is slower than one of the base. */
export const LEAST_CLES = 0.6;
/** And by how much, in the middle. */
export const LEAST_MEDIAN_RATIO = 1.2;

export interface DurationComparison {
	medianRatio: number;
	cles: number;
	pValue: number;
}

export function emptyRatios(): RatioCounts {
	const zeros = () => new Array<number>(BUCKETS).fill(0);
	return { base: zeros(), candidate: zeros() };
}

/**
 * Counts the plan's duration. One that is late and did not succeed counts as slow; another that failed is left out,
 * because failing is fast and is judged by itself.
 */
export function foldRatio(ratios: RatioCounts, outcome: JudgedOutcome): void {
	const { arm, failed, late, logRatio } = outcome;
	const isSlow = late && (failed || logRatio === null);
	if (!isSlow && (failed || logRatio === null || Number.isNaN(logRatio)))
		return;
	const bucket = isSlow ? BUCKETS - 1 : bucketOf(logRatio as number);
	const counts = ratios[arm];
	counts[bucket] = (counts[bucket] ?? 0) + 1;
}

function bucketOf(logRatio: number): number {
	const bucket = Math.floor((logRatio - LOWEST) * BUCKETS_A_UNIT);
	return Math.min(BUCKETS - 1, Math.max(0, bucket));
}

/**
 * Whether plans of the candidate take longer for their size: the Mann-Whitney test over ratios of durations to
 * estimates, with plans that are overdue counted as slow. null: too few.
 */
export function compareDurations(
	ratios: RatioCounts,
	overdue: Readonly<Record<Arm, number>>,
): DurationComparison | null {
	const base = withSlow(ratios.base, overdue.base);
	const candidate = withSlow(ratios.candidate, overdue.candidate);
	const counts = { base: sum(base), candidate: sum(candidate) };
	if (!(counts.base >= LEAST_PLANS && counts.candidate >= LEAST_PLANS))
		return null;
	const pairs = counts.base * counts.candidate;
	const total = counts.base + counts.candidate;
	let wins = 0;
	let ties = 0;
	let baseBelow = 0;
	for (let at = 0; at < BUCKETS; at += 1) {
		const [b, c] = [base[at] ?? 0, candidate[at] ?? 0];
		wins += c * (baseBelow + b / 2);
		baseBelow += b;
		ties += (b + c) ** 3 - (b + c);
	}
	const variance = (pairs / 12) * (total + 1 - ties / (total * (total - 1)));
	return {
		medianRatio: Math.exp(median(candidate) - median(base)),
		cles: wins / pairs,
		pValue:
			variance > 0 ? normalTail((wins - pairs / 2) / Math.sqrt(variance)) : 1,
	};
}

/** Whether that is significant at the step and big enough to matter. */
export function areDurationsWorse(
	{ medianRatio, cles, pValue }: DurationComparison,
	stepCount: number,
): boolean {
	return (
		pValue < DURATION_ALPHA / Math.max(1, stepCount) &&
		cles >= LEAST_CLES &&
		medianRatio >= LEAST_MEDIAN_RATIO
	);
}

function withSlow(counts: readonly number[], slow: number): number[] {
	const all = [...counts];
	all[BUCKETS - 1] = (all[BUCKETS - 1] ?? 0) + slow;
	return all;
}

function sum(counts: readonly number[]): number {
	return counts.reduce((total, one) => total + one, 0);
}

/** As a logarithm; inside its bucket plans are taken as evenly spread. */
function median(counts: readonly number[]): number {
	const half = sum(counts) / 2;
	let below = 0;
	let at = 0;
	for (; at < BUCKETS - 1 && below + (counts[at] ?? 0) < half; at += 1)
		below += counts[at] ?? 0;
	const share = (half - below) / (counts[at] || 1);
	return LOWEST + (at + share) / BUCKETS_A_UNIT;
}
