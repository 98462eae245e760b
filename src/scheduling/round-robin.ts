import type { Allocator } from "../../activities/allocate-resources.ts";
import type { AllocationMetadata } from "../domain/documents.ts";
import { scorePriority } from "../domain/priority-score.ts";
import { hasCode } from "../errors.ts";
import type { AgentDirectory, KnownAgent } from "../plans/agent-directory.ts";

/**
 * Round-robin over the known agents: of those that have all required capabilities (of all, when none
 * has) the one that was not chosen for longest. When nobody is known or can be asked the answer says so.
 */
export function createRoundRobinAllocator({
	agents,
}: {
	agents: AgentDirectory;
}): Allocator {
	const turns = createTurns();
	return {
		async allocate({ tickets, risk_band, qos, asked_priority }) {
			const nowMs = Date.now();
			const { known, method } = await ask(agents);
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

async function ask(agents: AgentDirectory): Promise<{
	known: readonly KnownAgent[];
	method: AllocationMetadata["allocation_method"];
}> {
	try {
		const known = await agents.listAgents();
		return {
			known,
			method: known.length === 0 ? "no_agent_known" : "round_robin",
		};
	} catch (error) {
		if (!hasCode(error, "CACHE_UNAVAILABLE")) throw error;
		return { known: [], method: "directory_unavailable" };
	}
}

function candidatesOf(
	known: readonly KnownAgent[],
	capabilities: readonly string[],
): readonly KnownAgent[] {
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
		forgetOthers(known: readonly KnownAgent[]): void {
			const ids = new Set(known.map(({ agent_id }) => agent_id));
			for (const id of lastTurns.keys()) if (!ids.has(id)) lastTurns.delete(id);
		},
		next(candidates: readonly KnownAgent[]): string | null {
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
