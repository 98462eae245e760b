import type { TicketPrediction } from "./prediction.ts";

const BOOST = 1.2;
/** So much longer than its estimate is a surprise to whoever waits for the ticket. */
const SURPRISE_RATIO = 1.5;

/**
 * The priority (0 to 1) of a ticket that is predicted to take more than 1.5 times its estimate, or is unusual, times
 * 1.2 and at most 1; unchanged without a model (contracts.md, "Priority score").
 */
export function boostPriority(
	priority: number,
	estimatedMs: number | null,
	prediction:
		| Pick<TicketPrediction, "duration_ms" | "anomaly" | "source">
		| undefined,
): number {
	if (prediction?.source !== "model") return priority;
	const isLong =
		estimatedMs !== null &&
		estimatedMs > 0 &&
		prediction.duration_ms > SURPRISE_RATIO * estimatedMs;
	return isLong || prediction.anomaly.is_anomaly
		? Math.min(1, BOOST * priority)
		: priority;
}
