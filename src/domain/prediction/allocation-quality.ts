/** What was foretold of an allocation, and what came; ms. */
export interface AllocationOutcome {
	success: boolean;
	/** Time in the worker's queue; null: not foretold, or no start was reported. */
	predicted_queue_ms: number | null;
	queue_ms: number | null;
	/** Execution alone. */
	predicted_duration_ms: number | null;
	duration_ms: number | null;
}

const SUCCESS = 0.7;
/** A second more or less in a queue is no error. */
const QUEUE_GRAIN_MS = 1_000;

/**
 * 0 to 1: `0.7 success + 0.15 queue + 0.15 execution`. The last two compare like with like: the smaller of foretold and
 * actual over the larger, 0.5 where one is not known. (The earlier service held a queue's prediction against an execution's time, and
 * gave a failure 0.3.)
 */
export function allocationQuality({
	success,
	predicted_queue_ms,
	queue_ms,
	predicted_duration_ms,
	duration_ms,
}: AllocationOutcome): number {
	const queue = agreement(predicted_queue_ms, queue_ms, QUEUE_GRAIN_MS);
	const execution = agreement(predicted_duration_ms, duration_ms, 1);
	return (success ? SUCCESS : 0) + ((1 - SUCCESS) / 2) * (queue + execution);
}

function agreement(
	foretold: number | null,
	actual: number | null,
	grainMs: number,
): number {
	if (foretold === null || actual === null) return 0.5;
	const [a, b] = [foretold, actual].map((ms) => Math.max(0, ms) + grainMs) as [
		number,
		number,
	];
	return Math.min(a, b) / Math.max(a, b);
}
