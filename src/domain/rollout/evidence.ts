import type { ArmCounts } from "./judgement.ts";

/** How many times as often the candidate's plans may go wrong: the evidence is the mean over these. */
const relativeRisks: readonly number[] = [1.5, 2, 3, 5, 10, 20];

/**
 * Evidence that rolls back. With equal arms at most one rollout in so many ever reaches it, however often it is
 * looked at (Ville's inequality).
 */
export const evidenceLimits = { failed: 200, late: 333, broken: 500 } as const;
export type Process = keyof typeof evidenceLimits;

/** More than this says nothing more, and JSON knows no infinity. */
const MOST = 1e9;

/**
 * Evidence that the candidate's plans go wrong more often than the base's, from whose plans went wrong alone. With
 * equal arms a bad plan that started at weight w is the candidate's with the chance w; under risk r with
 * q = wr / (wr + 1 - w). The evidence of r is the product of q/w for each bad plan of the candidate and
 * (1-q)/(1-w) for each of the base. A test martingale: it may be looked at whenever one likes, needs no rate of the
 * base, and an outage of both arms moves it nowhere.
 */
export function weighEvidence(bad: readonly ArmCounts[]): number {
	let sum = 0;
	for (const risk of relativeRisks)
		sum += Math.min(MOST, Math.exp(logEvidence(bad, risk)));
	return sum / relativeRisks.length;
}

function logEvidence(bad: readonly ArmCounts[], risk: number): number {
	let log = 0;
	for (const { weight, base, candidate } of bad) {
		const w = weight / 100;
		// Where only one arm gets plans nothing can be compared.
		if (!(w > 0 && w < 1)) continue;
		const odds = w * risk + 1 - w;
		log += candidate * Math.log(risk / odds) - base * Math.log(odds);
	}
	return log;
}

/**
 * What a plan adds to the logarithm of the evidence on average, when plans of the candidate go wrong `risk` times
 * as often as those of the base, which go wrong at `baseRate`.
 */
export function growthOfEvidence(
	weight: number,
	baseRate: number,
	risk: number,
): number {
	const w = weight / 100;
	const odds = w * risk + 1 - w;
	return baseRate * (w * risk * Math.log(risk) - odds * Math.log(odds));
}

/** Plans of the arm. */
export function countOf(
	counts: readonly ArmCounts[],
	arm: "base" | "candidate",
): number {
	return counts.reduce((sum, one) => sum + one[arm], 0);
}

/** How many of the plans would be the candidate's if both arms were equal. */
export function expectedOfCandidate(counts: readonly ArmCounts[]): number {
	return counts.reduce(
		(sum, { weight, base, candidate }) =>
			sum + ((base + candidate) * weight) / 100,
		0,
	);
}
