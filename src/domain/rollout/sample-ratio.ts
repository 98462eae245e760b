import { countOf, expectedOfCandidate } from "./evidence.ts";
import type { ArmCounts } from "./judgement.ts";
import { normalTail } from "./normal-tail.ts";

/** Chi-square is good from this many expected plans of each arm on. */
const LEAST_EXPECTED = 5;

/**
 * Chance of a split at least as far from the weights that were in force: chi-square with one degree of freedom,
 * and the binomial tail, doubled, where few plans are expected. null: nothing started while both arms got plans.
 */
export function splitPValue(starts: readonly ArmCounts[]): number | null {
	const shared = starts.filter(({ weight }) => weight > 0 && weight < 100);
	const candidate = countOf(shared, "candidate");
	const total = candidate + countOf(shared, "base");
	if (!(total > 0)) return null;
	const expected = expectedOfCandidate(shared);
	const rare = Math.min(expected, total - expected);
	if (rare < LEAST_EXPECTED) {
		const seen = rare === expected ? candidate : total - candidate;
		return Math.min(1, 2 * binomialTail(seen, total, rare / total));
	}
	const variance = shared.reduce((sum, { weight, base, candidate }) => {
		const w = weight / 100;
		return sum + (base + candidate) * w * (1 - w);
	}, 0);
	return 2 * normalTail(Math.abs(candidate - expected) / Math.sqrt(variance));
}

/**
 * P(at least `seen`) or P(at most `seen`) of `total` plans, whichever is the tail. Plans of different weights are
 * taken as of their mean weight, which makes the tail no smaller (Hoeffding 1956).
 */
function binomialTail(seen: number, total: number, share: number): number {
	let term = (1 - share) ** total;
	let below = 0;
	for (let count = 0; count < seen; count += 1) {
		below += term;
		term *= ((total - count) / (count + 1)) * (share / (1 - share));
	}
	if (seen <= total * share) return below + term;
	// Summed from the tail itself: 1 - below would lose small chances.
	let above = 0;
	for (let count = seen; count <= total && term > above * 1e-12; count += 1) {
		above += term;
		term *= ((total - count) / (count + 1)) * (share / (1 - share));
	}
	return above;
}
