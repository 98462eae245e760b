import { type Execution, specOf, stateOf } from "./state.ts";

/**
 * How long an attempt may take: `1.5 * timeout_ms * (max_retries + 1)`, the worker's own back-offs between
 * these tries, and an allowance for its queue (protocol.md, "Time").
 */
export function attemptTimeoutMs(execution: Execution, ticket: number): number {
	const { maxRetries, queueAllowanceMs, workerBackoffMs = 0 } = execution.rules;
	return (
		Math.ceil(1.5 * specOf(execution, ticket).timeout_ms * (maxRetries + 1)) +
		workerBackoffMs * (2 ** maxRetries - 1) +
		queueAllowanceMs
	);
}

/** When `advance` is due next; undefined when nothing waits for time. */
export function nextDueAtMs(execution: Execution): number | undefined {
	let earliest = Infinity;
	for (const ticket of execution.ticking)
		earliest = Math.min(earliest, dueAtMs(execution, ticket));
	for (const ticket of execution.backingOff)
		earliest = Math.min(earliest, dueAtMs(execution, ticket));
	return earliest === Infinity ? undefined : earliest;
}

/** When the clock of this ticket runs out: its time-out, or the end of its back-off. */
export function dueAtMs(execution: Execution, ticket: number): number {
	const { clockFromMs, nextAttemptAtMs } = stateOf(execution, ticket);
	if (nextAttemptAtMs !== null) return nextAttemptAtMs;
	return clockFromMs === null
		? Infinity
		: clockFromMs + attemptTimeoutMs(execution, ticket);
}
