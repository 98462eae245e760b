import type { AllocationMetadata } from "../domain/documents.ts";
import type { NotAllocated } from "../domain/scheduling/allocation.ts";
import type { Metrics } from "../telemetry/metrics.ts";

export type AllocationMetrics = Pick<
	Metrics,
	| "schedulerAllocations"
	| "schedulerPriorityScore"
	| "schedulerAllocationSeconds"
	| "schedulerWaits"
	| "schedulerRejections"
>;

/** Counts a chunk's tickets by method, and the time it took. */
export function countAllocated(
	metrics: AllocationMetrics,
	allocations: readonly AllocationMetadata[],
	{ riskBand, durationMs }: { riskBand: string; durationMs: number },
): void {
	const perTicket = durationMs / 1_000 / allocations.length;
	for (const { allocation_method, priority_score, overflow } of allocations) {
		const isScheduled = allocation_method === "intelligent_scheduler";
		metrics.schedulerAllocations.inc({
			status: overflow === true ? "overflow" : "success",
			fallback: isScheduled ? "False" : "True",
		});
		metrics.schedulerPriorityScore.observe(
			{ risk_band: riskBand },
			priority_score,
		);
		metrics.schedulerAllocationSeconds.observe(perTicket);
	}
}

/** Counts a ticket that waits for a worker, or will never have one. */
export function countHeld(
	metrics: AllocationMetrics,
	answer: NotAllocated,
): void {
	if (answer.kind === "waiting")
		metrics.schedulerWaits.inc({ reason: answer.wait.reason });
	else metrics.schedulerRejections.inc({ reason: "no_suitable_worker" });
}
