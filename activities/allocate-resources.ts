import type { ExecutionTicket } from "../schemas/execution-ticket.ts";
import type { AllocationMetadata } from "../src/domain/documents.ts";
import { scorePriority } from "../src/domain/priority-score.ts";
import { hasCode } from "../src/errors.ts";
import type { PolicyDecision, PolicyGate } from "./evaluate-policy.ts";
import { whileHeartbeating } from "./heartbeat.ts";

/** What is to be allocated: what the plan's tickets share, and each ticket's own. */
export interface AllocationRequest {
	plan_id: string;
	risk_band: ExecutionTicket["risk_band"];
	qos: ExecutionTicket["qos"];
	asked_priority?: ExecutionTicket["priority"] | undefined;
	tickets: {
		ticket_id: string;
		created_at: number;
		deadline: number;
		required_capabilities: string[];
	}[];
}

/** One answer a ticket, in the order of the request. */
export interface Allocator {
	allocate(request: AllocationRequest): Promise<AllocationMetadata[]>;
}

/** A worker agent that announced itself and whose lease has not run out. */
export interface KnownAgent {
	agent_id: string;
	capabilities: readonly string[];
}

export interface AgentDirectory {
	/** In a stable order. Throws CACHE_UNAVAILABLE when nobody can be asked. */
	listAgents(): Promise<readonly KnownAgent[]>;
}

export interface AllocateResourcesDeps {
	allocator: Allocator;
	policy: PolicyGate;
}

/** When the gate denies there are no allocations, and nothing may be published. */
export interface Allocations {
	policy: PolicyDecision;
	allocations: AllocationMetadata[];
}

export function createAllocateResources({
	allocator,
	policy,
}: AllocateResourcesDeps) {
	/** C3, behind its policy gate. Safe to retry: reads only, and its choice is advice to the workers. */
	return async function allocateResources(
		request: AllocationRequest,
	): Promise<Allocations> {
		return await whileHeartbeating(() => decideAndAllocate(request));
	};

	async function decideAndAllocate(
		request: AllocationRequest,
	): Promise<Allocations> {
		const { plan_id, risk_band, tickets } = request;
		const decision = await policy.decide({
			point: "before-allocation",
			plan_id,
			risk_band,
			task_count: tickets.length,
		});
		if (decision.outcome === "denied")
			return { policy: decision, allocations: [] };
		const allocations = await allocator.allocate(request);
		return { policy: decision, allocations };
	}
}

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
