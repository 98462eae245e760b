import type { WorkerView } from "../plans/worker-directory.ts";
import type { Metrics } from "./metrics.ts";

/** Counts looks at the workers. */
export function createWorkerViewMetrics(metrics: Metrics) {
	return {
		viewed({ workers, source, age_ms }: WorkerView, hasWaited: boolean): void {
			metrics.workerViews.inc({ source, waited: String(hasWaited) });
			metrics.workerViewAgeSeconds.set(age_ms / 1_000);
			const counts = { HEALTHY: 0, DEGRADED: 0, UNHEALTHY: 0, PAUSED: 0 };
			for (const { status, paused } of workers)
				counts[paused === null ? status : "PAUSED"] += 1;
			for (const [status, count] of Object.entries(counts))
				metrics.workersKnown.set({ status }, count);
		},
	};
}
