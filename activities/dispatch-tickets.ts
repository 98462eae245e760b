import type { AllocationMetadata } from "../src/domain/documents.ts";
import { withAllocation } from "../src/domain/wire-ticket.ts";
import {
	type AllocateResourcesDeps,
	createAllocateResources,
} from "./allocate-resources.ts";
import type { PolicyDecision } from "./evaluate-policy.ts";
import {
	createPublishTickets,
	type PublishTicketsDeps,
	type TicketBatch,
} from "./publish-tickets.ts";

/** Times are Unix epoch, ms. */
export type Dispatched =
	| {
			policy: Exclude<PolicyDecision, { outcome: "denied" }>;
			/** One a ticket, in their order. */
			allocations: AllocationMetadata[];
			allocated_at: number;
			/** The last acknowledgement. */
			published_at: number;
	  }
	/** Nothing was allocated and nothing published. */
	| { policy: Extract<PolicyDecision, { outcome: "denied" }> };

/** C3 and C4 of a batch, one after the other; one activity, because each is a transaction of Temporal's. */
export function createDispatchTickets(
	deps: AllocateResourcesDeps & PublishTicketsDeps,
) {
	const allocateResources = createAllocateResources(deps);
	const publishTickets = createPublishTickets(deps);

	/** At-least-once: a repeat may choose other workers, and workers drop duplicates by `ticket_id`. */
	return async function dispatchTickets(
		batch: TicketBatch,
	): Promise<Dispatched> {
		const { policy, allocations } = await allocateResources(batch);
		if (policy.outcome === "denied") return { policy };
		const allocated_at = Date.now();
		const tickets = batch.tickets.map((ticket, index) =>
			withAllocation(ticket, allocations[index] as AllocationMetadata),
		);
		const published_at = await publishTickets({ ...batch, tickets });
		return { policy, allocations, allocated_at, published_at };
	};
}
