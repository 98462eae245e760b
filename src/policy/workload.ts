import type { WorkerDirectory } from "../plans/worker-directory.ts";
import type { WorkloadSource } from "./ports.ts";

/** Load and queue by what the worker agents report; null while none reports. `accuracyNow`: see `WorkloadFacts`. */
export function createWorkload(
	directory: WorkerDirectory,
	accuracyNow: () => number | null = () => null,
): WorkloadSource {
	return {
		async read() {
			const { workers } = await directory.view();
			let slots = 0;
			let active = 0;
			let queued = 0;
			for (const worker of workers) {
				if (worker.active_tasks === null) continue;
				slots += worker.slots;
				active += worker.active_tasks;
				queued += Math.max(0, worker.active_tasks - worker.slots);
			}
			const isKnown = slots > 0;
			return {
				current_load: isKnown ? active / slots : null,
				queue_depth: isKnown ? queued : null,
				model_accuracy: accuracyNow(),
			};
		},
	};
}
