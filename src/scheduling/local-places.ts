import type { Holdings } from "../domain/scheduling/choose-workers.ts";
import type { PlaceRequest, PlaceStore } from "./places.ts";

interface Place {
	agent: string;
	plan: string;
	intent: string;
	isCritical: boolean;
	ms: number;
	lapsesAtMs: number;
}

/**
 * Places that only this process knows, for as long as Redis is away. Results of their tickets may come in to
 * other processes, so that they lapse soon.
 */
export function createLocalPlaces({
	maxLapseMs = 30_000,
	nowMs = () => performance.now(),
}: {
	maxLapseMs?: number;
	nowMs?: () => number;
} = {}): PlaceStore & { clear(): void; size(): number } {
	const places = new Map<string, Place>();

	function freeLapsed(): void {
		const now = nowMs();
		for (const [id, { lapsesAtMs }] of places)
			if (lapsesAtMs <= now) places.delete(id);
	}

	function countBy(wanted: (place: Place) => boolean): Map<string, number> {
		const counts = new Map<string, number>();
		for (const place of places.values())
			if (wanted(place))
				counts.set(place.agent, (counts.get(place.agent) ?? 0) + 1);
		return counts;
	}

	function sumWork(): Map<string, number> {
		const work = new Map<string, number>();
		for (const { agent, ms } of places.values())
			work.set(agent, (work.get(agent) ?? 0) + ms);
		return work;
	}

	function free(id: string): string | null {
		const agent = places.get(id)?.agent ?? null;
		places.delete(id);
		return agent;
	}

	function agentFor(
		{ ticket_id, agents }: PlaceRequest,
		held: ReadonlyMap<string, number>,
	): string | undefined {
		const before = places.get(ticket_id)?.agent;
		if (agents.some(({ agent_id }) => agent_id === before)) return before;
		return agents.find(
			({ agent_id, places: count }) => (held.get(agent_id) ?? 0) < count,
		)?.agent_id;
	}

	return {
		async refresh() {},
		// Others see outcomes as well, and none of them can tell.
		traces: () => undefined,
		holdings(planId, intentId): Holdings {
			freeLapsed();
			return {
				held: countBy(() => true),
				critical: countBy(({ isCritical }) => isCritical),
				plan: countBy(({ plan }) => plan === planId),
				intent: countBy(({ intent }) => intent === intentId),
				work: sumWork(),
			};
		},
		async reserve({ plan_id, intent_id, tickets }) {
			freeLapsed();
			for (const { former_ticket_id } of tickets)
				if (former_ticket_id !== null) free(former_ticket_id);
			const held = countBy(() => true);
			return tickets.map((ticket) => {
				const agent = agentFor(ticket, held);
				const before = free(ticket.ticket_id);
				if (before !== null) held.set(before, (held.get(before) ?? 1) - 1);
				if (agent === undefined) return null;
				held.set(agent, (held.get(agent) ?? 0) + 1);
				places.set(ticket.ticket_id, {
					agent,
					plan: plan_id,
					intent: intent_id,
					isCritical: ticket.isCritical,
					ms: ticket.agents.find(({ agent_id }) => agent_id === agent)?.ms ?? 0,
					lapsesAtMs: nowMs() + Math.min(ticket.lapseMs, maxLapseMs),
				});
				return agent;
			});
		},
		free: async (tickets) => tickets.map(({ ticket_id }) => free(ticket_id)),
		async freeAgents(agentIds) {
			const gone = new Set(agentIds);
			let count = 0;
			for (const [id, { agent }] of places) {
				if (!gone.has(agent)) continue;
				places.delete(id);
				count += 1;
			}
			return count;
		},
		clear: () => places.clear(),
		size: () => places.size,
	};
}
