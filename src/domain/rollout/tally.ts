import { emptyRatios, foldRatio, type RatioCounts } from "./durations.ts";
import type { ArmCounts, JudgedOutcome } from "./judgement.ts";

/**
 * What the judge keeps of all plans that have ended: plain JSON, and no more of it for a million plans than for
 * ten. Bad plans are counted by the weight at their start, because that is all that the evidence depends on.
 */
export interface Tally {
	base: number;
	candidate: number;
	failed: ArmCounts[];
	late: ArmCounts[];
	/** Failed or late, each plan once. */
	bad: ArmCounts[];
	ratios: RatioCounts;
}

export function emptyTally(): Tally {
	return {
		base: 0,
		candidate: 0,
		failed: [],
		late: [],
		bad: [],
		ratios: emptyRatios(),
	};
}

/** The tally with more plans that have ended; in whichever order they come, the sum is the same. */
export function foldOutcomes(
	tally: Tally,
	outcomes: readonly JudgedOutcome[],
): Tally {
	const sum = copyOf(tally);
	for (const outcome of outcomes) {
		const { arm, failed, late } = outcome;
		sum[arm] += 1;
		if (failed) count(sum.failed, outcome);
		if (late) count(sum.late, outcome);
		if (failed || late) count(sum.bad, outcome);
		foldRatio(sum.ratios, outcome);
	}
	return sum;
}

function copyOf(tally: Tally): Tally {
	const { failed, late, bad, ratios } = tally;
	return {
		...tally,
		failed: failed.map((one) => ({ ...one })),
		late: late.map((one) => ({ ...one })),
		bad: bad.map((one) => ({ ...one })),
		ratios: { base: [...ratios.base], candidate: [...ratios.candidate] },
	};
}

/** Counts one more plan of the arm at its weight. */
export function count(
	counts: ArmCounts[],
	{ arm, weight }: Pick<JudgedOutcome, "arm" | "weight">,
): void {
	let entry = counts.find((one) => one.weight === weight);
	if (entry === undefined) {
		entry = { weight, base: 0, candidate: 0 };
		counts.push(entry);
		counts.sort((a, b) => a.weight - b.weight);
	}
	entry[arm] += 1;
}
