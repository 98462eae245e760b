import type { Arm, ArmCounts } from "./judgement.ts";

/**
 * The engine's counts, and those of earlier weights even more, may show a plan as open for so long after its outcome
 * is stored.
 */
export const COUNT_LAG_MS = 30_000;

/**
 * Plans that are open and overdue, less those that have just ended late: these are counted by their outcome, and
 * nobody knows whether the count still has them. So none counts twice, and for a moment one may not count.
 */
export function withoutEnded(
	overdue: readonly ArmCounts[],
	ended: readonly { arm: Arm; weight: number }[],
): ArmCounts[] {
	return overdue.map(({ weight, ...counts }) => {
		const less = (arm: Arm) => {
			const gone = ended.filter(
				(one) => one.arm === arm && one.weight === weight,
			);
			return Math.max(0, counts[arm] - gone.length);
		};
		return { weight, base: less("base"), candidate: less("candidate") };
	});
}
