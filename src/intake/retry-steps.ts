/** A retry topic and its delay. */
export interface RetryStep {
	topic: string;
	delayMs: number;
}

/**
 * Delays of the first, second, third and every later try, in units of the first: 15 s, 1 min, 5 min, 30 min.
 */
const FACTORS = [1, 4, 20];
const LAST_FACTOR = 120;
/** A delay that is a larger part of the age limit would exceed the limit by too much. */
const MAX_PART_OF_AGE = 1 / 4;

/** The retry topics in the order of their delays. Each has one delay, so that its head is due first. */
export function retrySteps(
	topics: readonly string[],
	firstDelayMs: number,
): RetryStep[] {
	return topics.map((topic, index) => ({
		topic,
		delayMs: firstDelayMs * (FACTORS[index] ?? LAST_FACTOR),
	}));
}

/** The retry topic of a result that was tried `retryCount` times and is given up at the age of `maxAgeMs`. */
export function nextStep(
	[first, ...later]: readonly RetryStep[],
	retryCount: number,
	maxAgeMs: number,
): RetryStep {
	if (first === undefined) throw new RangeError("there is no retry topic");
	const short = later.filter(
		({ delayMs }) => delayMs <= maxAgeMs * MAX_PART_OF_AGE,
	);
	return [first, ...short][Math.min(retryCount, short.length)] ?? first;
}
