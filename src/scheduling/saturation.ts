import type { AllocationRequest } from "../../activities/allocate-resources.ts";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import type { WorkerIndex } from "../domain/scheduling/worker-index.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Bursts } from "./bursts.ts";
import { createEnds } from "./ends.ts";
import type { Placed } from "./place-chunk.ts";
import { needsOf } from "./to-place.ts";

/** A ticket that found no free place, and the agents that it fits, all of them full. */
export interface FullTicket {
	ticket: ExecutionTicket;
	agents: readonly string[];
}

export interface SaturationDeps {
	bursts: Pick<Bursts, "saturated">;
	/** How long what is shown of a saturated task type stays. */
	holdMs: number;
	/** Has running tickets make room; undefined: they stay. */
	preempt?: ((waiting: readonly FullTicket[]) => void) | undefined;
	metrics: Pick<Metrics, "workersWanted">;
}

/** What is done about tickets that found no free place, as far as policy gives their plan the feature. */
export function createSaturation({
	bursts,
	holdMs,
	preempt,
	metrics,
}: SaturationDeps) {
	const show = (task_type: string, count: number) =>
		metrics.workersWanted.set({ task_type }, count);
	const ends = createEnds((type) => show(type, 0));

	/** Those that fit, and as many more as would have places for the tickets that found none. */
	function hintScaling(full: readonly FullTicket[], { places }: WorkerIndex) {
		const mean = places.reduce((sum, count) => sum + count, 0) / places.length;
		const byType = Map.groupBy(full, ({ ticket }) => ticket.task_type);
		for (const [type, ofType] of byType) {
			const able = Math.max(...ofType.map(({ agents }) => agents.length));
			show(type, able + Math.ceil(ofType.length / Math.max(1, mean)));
			ends.set(type, holdMs);
		}
	}

	return (
		{ tickets, scaling, experimental }: AllocationRequest,
		placed: readonly Placed[],
		index: WorkerIndex,
	): void => {
		const full = tickets.flatMap((ticket, at) => {
			if (!placed[at]?.choice.overflow) return [];
			const { positions } = index.candidatesFor(needsOf(ticket)).found;
			const agents = positions.map(
				(position) => index.workers[position]?.agent_id as string,
			);
			return [{ ticket, agents, waits: placed[at].choice.chosen === null }];
		});
		if (full.length === 0) return;
		const types = full.map(({ ticket }) => ticket.task_type);
		bursts.saturated(types, Date.now());
		if (scaling) hintScaling(full, index);
		if (experimental) preempt?.(full.filter(({ waits }) => waits));
	};
}
