import type { ExecutionTicket } from "../schemas/execution-ticket.ts";
import type { AllocationMetadata } from "../src/domain/documents.ts";
import { scorePriority } from "../src/domain/priority-score.ts";
import { OrchestratorError } from "../src/errors.ts";
import type { PolicyDecision, PolicyGate } from "./evaluate-policy.ts";

/** What is to be allocated: what the plan's tickets share, and each ticket's own. */
export interface AllocationRequest {
	plan_id: string;
	risk_band: ExecutionTicket["risk_band"];
	qos: ExecutionTicket["qos"];
	created_at: number;
	tickets: {
		ticket_id: string;
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
		const { plan_id, risk_band, tickets } = request;
		const decision = await policy.decide({
			point: "before-allocation",
			plan_id,
			risk_band,
			task_count: tickets.length,
		});
		if (decision.outcome === "denied")
			return { policy: decision, allocations: [] };
		return {
			policy: decision,
			allocations: await allocator.allocate(request),
		};
	};
}

/**
 * Round-robin over the known agents, from where the last plan stopped; agents that have all required
 * capabilities come before others. When nobody is known or can be asked the answer says so.
 */
export function createRoundRobinAllocator({
	agents,
}: {
	agents: AgentDirectory;
}): Allocator {
	let turn = 0;
	return {
		async allocate({ tickets, risk_band, qos, created_at }) {
			const nowMs = Date.now();
			const { known, method } = await ask(agents);
			return tickets.map(({ deadline, required_capabilities }) => ({
				allocated_at: nowMs,
				agent_id: choose(known, required_capabilities, turn++),
				priority_score: scorePriority({
					risk_band,
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
		if (
			!(
				error instanceof OrchestratorError && error.code === "CACHE_UNAVAILABLE"
			)
		)
			throw error;
		return { known: [], method: "directory_unavailable" };
	}
}

function choose(
	known: readonly KnownAgent[],
	capabilities: readonly string[],
	turn: number,
): string | null {
	const able = known.filter((agent) =>
		capabilities.every((capability) => agent.capabilities.includes(capability)),
	);
	const candidates = able.length > 0 ? able : known;
	return candidates[turn % candidates.length]?.agent_id ?? null;
}
