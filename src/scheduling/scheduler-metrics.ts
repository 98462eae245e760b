import type { AllocationMetadata } from "../domain/documents.ts";
import type { NotAllocated } from "../domain/scheduling/allocation.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** Who knows of a reservation: all processes, or only this one because Redis is away. */
export type ReservedIn = "shared" | "local";

/** The counters of the scheduler. Every method only counts; none throws. */
export interface SchedulerMetrics {
	/** A chunk was allocated: its tickets by method, and the time it took. */
	allocated(
		allocations: readonly AllocationMetadata[],
		riskBand: string,
		durationMs: number,
	): void;
	/** The workers in the view a chunk was allocated by, and its age. */
	viewed(workers: number, ageMs: number): void;
	/** Sets of needs that were looked up before in the same view. */
	foundKnown(count: number): void;
	reserved(reservedIn: ReservedIn, count: number): void;
	/** A result came in for a ticket with a place: from the chosen worker, or another. */
	executed(by: "chosen" | "other" | "unknown"): void;
	/** A ticket was published with `TICKETS_ROUTING=worker`: to its worker's partition, or by key. */
	routed(to: "worker" | "owner_unknown" | "not_chosen"): void;
	/** A task type's burst is used for the first time. */
	burstBegan(type: string): void;
	/** Whether a burst that was used is on. */
	burstIsOn(type: string, isOn: boolean): void;
	/** How many workers a saturated task type would need; 0: it is not saturated any more. */
	workersWanted(type: string, count: number): void;
	/** A ticket waits for a worker, or will never have one. */
	held(answer: NotAllocated): void;
	/** Explanations that could not be stored. */
	explanationsLost(count: number): void;
}

const riskBands = new Set(["critical", "high", "medium", "low"]);

export function createSchedulerMetrics(metrics: Metrics): SchedulerMetrics {
	return {
		allocated(allocations, riskBand, durationMs) {
			const risk_band = riskBands.has(riskBand) ? riskBand : "other";
			const perTicket = durationMs / 1_000 / Math.max(1, allocations.length);
			for (const {
				allocation_method,
				priority_score,
				overflow,
			} of allocations) {
				const isScheduled = allocation_method === "intelligent_scheduler";
				metrics.schedulerAllocations.inc({
					status: overflow === true ? "overflow" : "success",
					fallback: isScheduled ? "False" : "True",
				});
				metrics.schedulerPriorityScore.observe({ risk_band }, priority_score);
				metrics.schedulerAllocationSeconds.observe(perTicket);
			}
		},
		viewed(workers, ageMs) {
			metrics.schedulerWorkersDiscovered.observe(workers);
			metrics.schedulerViewAgeSeconds.set(ageMs / 1_000);
		},
		foundKnown: (count) => metrics.schedulerCacheHits.inc(count),
		reserved: (place, count) =>
			metrics.schedulerReservations.inc({ place }, count),
		executed: (by) => metrics.schedulerExecutions.inc({ by }),
		routed: (to) => metrics.schedulerRoutings.inc({ to }),
		burstBegan: (task_type) => metrics.burstActivations.inc({ task_type }),
		burstIsOn: (task_type, isOn) =>
			metrics.burstActive.set({ task_type }, isOn ? 1 : 0),
		workersWanted: (task_type, count) =>
			metrics.workersWanted.set({ task_type }, count),
		held(answer) {
			if (answer.kind === "waiting")
				metrics.schedulerWaits.inc({ reason: answer.wait.reason });
			else metrics.schedulerRejections.inc({ reason: "no_suitable_worker" });
		},
		explanationsLost: (count) => metrics.schedulerExplanationsLost.inc(count),
	};
}
