/** Plans of an arm, and how many of them were bad. */
export interface ArmSample {
	plans: number;
	bad: number;
}

/** With fewer plans of either arm nothing is said about harm. */
export const LEAST_SAMPLE = 10;
/** The candidate may be worse by one percentage point, or by half of the base's rate if that is more. */
export const LEAST_MARGIN = 0.01;
const MARGIN_OF_BASE_RATE = 0.5;

/** Points of a posterior, and how far it is followed, in its own standard deviations. */
const POINTS = 200;
const REACH = 7;

/** By how much the candidate's share of bad plans may be above the base's, 0 to 1. */
export function marginOf(base: ArmSample, least = LEAST_MARGIN): number {
	const rate = (base.bad + 0.5) / (base.plans + 1);
	return Math.max(least, MARGIN_OF_BASE_RATE * rate);
}

/**
 * P(the candidate's rate of bad plans exceeds the base's by more than the margin), with Beta(1/2, 1/2) before
 * anything was seen (Jeffreys). null: too little was seen.
 */
export function probabilityOfHarm(
	base: ArmSample,
	candidate: ArmSample,
	margin: number,
): number | null {
	if (!(Math.min(base.plans, candidate.plans) >= LEAST_SAMPLE)) return null;
	const bases = posterior(base);
	const candidates = posterior(candidate);
	let harm = 0;
	let at = POINTS;
	let above = 0;
	for (let one = POINTS - 1; one >= 0; one -= 1) {
		const limit = (bases.rates[one] as number) + margin;
		while (at > 0 && (candidates.rates[at - 1] as number) > limit) {
			at -= 1;
			above += candidates.chances[at] as number;
		}
		harm += (bases.chances[one] as number) * above;
	}
	return Math.min(1, harm);
}

/**
 * The posterior at evenly spaced angles: with rate = sin(angle)^2 Jeffreys' prior is flat, the density is
 * sin^2k cos^2(n-k) without a pole, and nearly normal with a deviation of 1 / (2 sqrt(n)) for every rate.
 */
function posterior({ plans, bad }: ArmSample) {
	const good = plans - bad;
	const peak = Math.atan2(Math.sqrt(bad), Math.sqrt(good));
	const reach = REACH / (2 * Math.sqrt(plans));
	const from = Math.max(0, peak - reach);
	const step = (Math.min(Math.PI / 2, peak + reach) - from) / POINTS;
	const log = (angle: number) =>
		2 * times(bad, Math.log(Math.sin(angle))) +
		2 * times(good, Math.log(Math.cos(angle)));
	const highest = log(peak);
	const rates: number[] = [];
	const chances: number[] = [];
	let total = 0;
	for (let point = 0; point < POINTS; point += 1) {
		const angle = from + (point + 0.5) * step;
		const chance = Math.exp(log(angle) - highest);
		rates.push(Math.sin(angle) ** 2);
		chances.push(chance);
		total += chance;
	}
	return { rates, chances: chances.map((chance) => chance / total) };
}

/** 0 times minus infinity is 0 here: what was never seen says nothing. */
function times(count: number, log: number): number {
	return count === 0 ? 0 : count * log;
}
