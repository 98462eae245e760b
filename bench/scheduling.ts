import { measureAllocation } from "./allocation.ts";
import type { BenchWorld } from "./bench-world.ts";
import { measureMakespan } from "./makespan.ts";
import { measureUnequal } from "./unequal-workers.ts";

/** How fast workers are chosen, and what a choice that holds is worth. */
export async function measureScheduling(world: BenchWorld) {
	world.say("scheduling: 1,000 workers, 50 plans at once");
	const allocation = await measureAllocation(world);
	const makespan = await measureMakespan(world);
	const unequal = await measureUnequal(world);
	return {
		allocation,
		makespan,
		unequal,
		ratios: {
			scheduling_cache_hits: allocation.cacheHitRatio,
			scheduling_fallbacks: allocation.fallbackRatio,
			makespan_worker_to_key: makespan.workerToKey.median,
			makespan_learned_to_alone: unequal.learnedToAlone.median,
			completed_with_traces: unequal.completedTraced.median,
			executed_by_chosen: makespan.worker.executedByChosen.median,
		},
		figures: { scheduling_p95_ms: allocation.msPerTicket.p95 },
	};
}
