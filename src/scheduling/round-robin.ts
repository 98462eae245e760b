import type { KnownWorker } from "../plans/worker-directory.ts";

/** Takes turns, for when nobody can be chosen by score. */
export interface RoundRobin {
	/**
	 * Of the workers that have all these capabilities (of all, when none has) the one that was not chosen for
	 * longest; null when there is none.
	 */
	next(
		known: readonly KnownWorker[],
		capabilities: readonly string[],
	): string | null;
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
		next(known, capabilities) {
			forgetOthers(known);
			let chosen: string | null = null;
			let earliest = Infinity;
			for (const { agent_id } of candidatesOf(known, capabilities)) {
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

/** A worker that has died, or that a person holds back, gets nothing. */
function mayBeGiven({ status, paused }: KnownWorker): boolean {
	return status !== "UNHEALTHY" && (paused === null || paused.share > 0);
}

function candidatesOf(
	known: readonly KnownWorker[],
	capabilities: readonly string[],
): readonly KnownWorker[] {
	const present = known.filter(mayBeGiven);
	const able = present.filter((worker) =>
		capabilities.every((capability) =>
			worker.capabilities.includes(capability),
		),
	);
	return able.length > 0 ? able : present;
}
