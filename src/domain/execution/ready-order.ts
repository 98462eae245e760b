import type { Execution } from "./state.ts";

/** V2: of the tickets that may be published now, those with the longest path behind them first (least slack). */
export function criticalFirst({ ready, remainingMs }: Execution): number[] {
	return [...ready].sort(
		(a, b) => (remainingMs[b] ?? 0) - (remainingMs[a] ?? 0) || a - b,
	);
}

/** V1: in the plan's order. */
export function planOrder({ ready }: Execution): number[] {
	return [...ready];
}

/** The order of the execution's rules. */
export function readyOrder(execution: Execution): number[] {
	return execution.rules.dispatch === "as-ready"
		? criticalFirst(execution)
		: planOrder(execution);
}
