import {
	judgeEligibility,
	type TicketNeeds,
} from "../domain/scheduling/eligibility.ts";
import type { KnownWorker } from "../plans/worker-directory.ts";

/** Takes turns, for when nobody can be chosen by score. */
export interface RoundRobin {
	/**
	 * Of the workers that may have the ticket and have all its capabilities (without regard to these, when none has) the
	 * one that was not chosen for longest; null when there is none.
	 */
	next(known: readonly KnownWorker[], needs: TicketNeeds): string | null;
}

/** Whose turn it is. One count for all would starve workers where capabilities alternate. */
export function createRoundRobin(): RoundRobin {
	const lastTurns = new Map<string, number>();
	let turn = 0;
	let seen: readonly KnownWorker[] = [];

	/** Once for each view. */
	function forgetOthers(known: readonly KnownWorker[]): void {
		if (known === seen) return;
		seen = known;
		const ids = new Set(known.map(({ agent_id }) => agent_id));
		for (const id of lastTurns.keys()) if (!ids.has(id)) lastTurns.delete(id);
	}

	return {
		next(known, needs) {
			forgetOthers(known);
			let chosen: string | null = null;
			let earliest = Infinity;
			for (const { agent_id } of candidatesOf(known, needs)) {
				const last = lastTurns.get(agent_id) ?? -1;
				if (last >= earliest) continue;
				chosen = agent_id;
				earliest = last;
			}
			if (chosen !== null) lastTurns.set(chosen, turn++);
			return chosen;
		},
	};
}

function candidatesOf(
	known: readonly KnownWorker[],
	needs: TicketNeeds,
): readonly KnownWorker[] {
	// Not one of another namespace or too low a security level, nor one that has died or is held back.
	const present = known.filter(
		(worker) => judgeEligibility(worker, needs) === null,
	);
	const able = present.filter((worker) =>
		needs.capabilities.every((capability) =>
			worker.capabilities.includes(capability),
		),
	);
	return able.length > 0 ? able : present;
}
