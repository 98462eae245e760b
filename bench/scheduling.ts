import { measureAllocation } from "./allocation.ts";
import type { BenchWorld } from "./bench-world.ts";
import { measureMakespan } from "./makespan.ts";
import { measureFailing } from "./unequal-workers.ts";

/** How fast workers are chosen, and what a choice that holds is worth. */
export async function measureScheduling(world: BenchWorld) {
	world.say("scheduling: 1,000 workers, 50 plans at once");
	const allocation = await measureAllocation(world);
	const makespan = await measureMakespan(world);
	const failing = await measureFailing(world);
	return {
		allocation,
		makespan,
		failing,
		ratios: {
			scheduling_cache_hits: allocation.cacheHitRatio,
			scheduling_fallbacks: allocation.fallbackRatio,
			makespan_worker_to_key: makespan.workerToKey.median,
			completed_with_traces: failing.completedTraced.median,
			executed_by_chosen: makespan.worker.executedByChosen.median,
		},
		figures: { scheduling_p95_ms: allocation.msPerTicket.p95 },
	};
}
