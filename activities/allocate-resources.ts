import type { ExecutionTicket } from "../schemas/execution-ticket.ts";
import type { AllocationMetadata } from "../src/domain/documents.ts";
import type { PolicyDecision, PolicyGate } from "./evaluate-policy.ts";
import { whileHeartbeating } from "./heartbeat.ts";

/** The request for workers: what the plan's tickets share, and each ticket's own needs. */
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
