import type { Allocator } from "../../activities/allocate-resources.ts";
import type { AllocationMetadata } from "../domain/documents.ts";
import { scorePriority } from "../domain/priority-score.ts";
import type {
	KnownWorker,
	WorkerDirectory,
	WorkerView,
} from "../plans/worker-directory.ts";

/**
 * Round-robin over the known agents: of those that have all required capabilities (of all, when none
 * has) the one that was not chosen for longest. When nobody is known or can be asked the answer says so.
 */
export function createRoundRobinAllocator({
	directory,
}: {
	directory: WorkerDirectory;
}): Allocator {
	const turns = createTurns();
	return {
		async allocate({ tickets, risk_band, qos, asked_priority }) {
			const nowMs = Date.now();
			const view = await directory.view();
			const known = view.workers.filter(mayBeGiven);
			const method = methodOf(view);
			turns.forgetOthers(known);
			return tickets.map(({ created_at, deadline, required_capabilities }) => ({
				allocated_at: nowMs,
				agent_id: turns.next(candidatesOf(known, required_capabilities)),
				priority_score: scorePriority({
					risk_band,
					asked_priority,
					qos,
					created_at,
					deadline,
					nowMs,
				}),
				allocation_method: method,
				workers_evaluated: known.length,
			}));
		},
	};
}

function methodOf({
	workers,
	source,
}: WorkerView): AllocationMetadata["allocation_method"] {
	if (workers.length > 0) return "round_robin";
	return source === "registry" ? "no_agent_known" : "directory_unavailable";
}

/** A worker that has died, or that a person holds back, gets nothing. */
function mayBeGiven({ status, paused }: KnownWorker): boolean {
	return status !== "UNHEALTHY" && (paused === null || paused.share > 0);
}

function candidatesOf(
	known: readonly KnownWorker[],
	capabilities: readonly string[],
): readonly KnownWorker[] {
	const able = known.filter((agent) =>
		capabilities.every((capability) => agent.capabilities.includes(capability)),
	);
	return able.length > 0 ? able : known;
}

/** Whose turn it is. One count for all would starve agents where capabilities alternate. */
function createTurns() {
	const lastTurns = new Map<string, number>();
	let turn = 0;
	return {
		forgetOthers(known: readonly KnownWorker[]): void {
			const ids = new Set(known.map(({ agent_id }) => agent_id));
			for (const id of lastTurns.keys()) if (!ids.has(id)) lastTurns.delete(id);
		},
		next(candidates: readonly KnownWorker[]): string | null {
			let chosen: string | null = null;
			let earliest = Infinity;
			for (const { agent_id } of candidates) {
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
