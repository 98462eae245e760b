/** How much it counts that a worker already has tickets of the same plan or intent, or critical ones. */
export interface AffinityRules {
	enabled: boolean;
	/** They add up to 1. */
	planWeight: number;
	antiWeight: number;
	intentWeight: number;
	/** So many tickets of a plan or intent are as good as more. */
	threshold: number;
}

/** Nothing speaks for or against the worker. */
const NEUTRAL = 0.5;

/**
 * 0 to 1; 0.5 says nothing. `plan`, `intent`, `critical`: the open tickets of these that the worker holds. Critical tickets avoid a worker that has one, as far as `antiWeight` goes: it is
 * a term of the score and forbids nothing.
 */
export function scoreAffinity(
	{ planWeight, antiWeight, intentWeight, threshold }: AffinityRules,
	plan: number,
	intent: number,
	critical: number,
	isCritical: boolean,
): number {
	const anti = !isCritical ? NEUTRAL : critical > 0 ? 0 : 1;
	return (
		planWeight * closeness(plan, threshold) +
		antiWeight * anti +
		intentWeight * closeness(intent, threshold)
	);
}

/** 0.5 with none of them, 1 from the threshold on. */
function closeness(count: number, threshold: number): number {
	return NEUTRAL + NEUTRAL * Math.min(1, count / threshold);
}
