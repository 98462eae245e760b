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
	const harm = bases.chances.reduce((sum, chance, point) => {
		const rate = Math.sin(bases.from + (point + 0.5) * bases.step) ** 2;
		return sum + chance * chanceAbove(candidates, rate + margin);
	}, 0);
	return Math.min(1, harm);
}

/** P(rate > limit); around each point its chance is taken as evenly spread, else whole ones would come and go. */
function chanceAbove({ from, step, above }: Posterior, limit: number): number {
	const angle = Math.asin(Math.sqrt(Math.min(1, limit)));
	const place = Math.min(POINTS, Math.max(0, (angle - from) / step));
	const point = Math.floor(place);
	const all = above[point] ?? 0;
	return all + (place - point) * ((above[point + 1] ?? 0) - all);
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
	const weights = Array.from({ length: POINTS }, (_, point) =>
		Math.exp(log(from + (point + 0.5) * step) - highest),
	);
	const total = weights.reduce((sum, weight) => sum + weight, 0);
	const chances = weights.map((weight) => weight / total);
	/** P(angle above the lower end of each point's part). */
	const above = [0];
	for (const chance of chances.toReversed())
		above.unshift((above[0] as number) + chance);
	return { from, step, chances, above };
}
type Posterior = ReturnType<typeof posterior>;

/** 0 times minus infinity is 0 here: what was never seen says nothing. */
function times(count: number, log: number): number {
	return count === 0 ? 0 : count * log;
}
