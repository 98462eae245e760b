import type { ExecutionTicket } from "../schemas/execution-ticket.ts";
import type { AllocationMetadata } from "../src/domain/documents.ts";
import type { PolicyDecision, PolicyGate } from "./evaluate-policy.ts";
import { whileHeartbeating } from "./heartbeat.ts";

/** The request for workers: attempts of one plan, as they will travel. */
export interface AllocationRequest {
	plan_id: string;
	/** Set when somebody asked for another priority than the plan's. */
	asked_priority?: ExecutionTicket["priority"] | undefined;
	tickets: ExecutionTicket[];
}

/** One answer a ticket, in the order of the request. */
export interface Allocator {
	allocate(request: AllocationRequest): Promise<AllocationMetadata[]>;
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
	/**
	 * C3, behind its policy gate. Safe to retry: a ticket that has a place with a worker keeps it, and the choice
	 * is advice to the workers.
	 */
	return async function allocateResources(
		request: AllocationRequest,
	): Promise<Allocations> {
		return await whileHeartbeating(() => decideAndAllocate(request));
	};

	async function decideAndAllocate(
		request: AllocationRequest,
	): Promise<Allocations> {
		const { plan_id, tickets } = request;
		// All tickets of a batch belong to one plan, so the first one has what they share.
		const [{ risk_band }] = tickets as [ExecutionTicket];
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
