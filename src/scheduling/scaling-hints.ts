import type { WorkerIndex } from "../domain/scheduling/worker-index.ts";
import { createEnds } from "./ends.ts";

/** A ticket that found no free place. */
export interface FullTicket {
	task_type: string;
	/** Workers that fit, all of them full. */
	candidates: number;
}

/**
 * How many workers a saturated task type would need, for whoever scales them: those that fit, and as many more as
 * would have places for the tickets that found none. 0 again so long after the last such ticket.
 */
export function createScalingHints(
	holdMs: number,
	show: (type: string, workers: number) => void,
) {
	const ends = createEnds((type) => show(type, 0));
	return (full: readonly FullTicket[], { places }: WorkerIndex): void => {
		const mean = places.reduce((sum, count) => sum + count, 0) / places.length;
		for (const [type, ofType] of Map.groupBy(full, (one) => one.task_type)) {
			const able = Math.max(...ofType.map(({ candidates }) => candidates));
			show(type, able + Math.ceil(ofType.length / Math.max(1, mean)));
			ends.set(type, holdMs);
		}
	};
}
