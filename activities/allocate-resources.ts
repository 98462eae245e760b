import type { Allocation } from "../src/domain/scheduling/allocation.ts";
import type { TicketBatch } from "./publish-tickets.ts";

/** The request for workers: attempts of one plan, as they will travel. */
export type AllocationRequest = Omit<TicketBatch, "partition_key">;

/**
 * C3. One answer a ticket, in the order of the request. Safe to repeat: a ticket that has a place with a worker
 * keeps it, and the choice is advice to the workers.
 */
export interface Allocator {
	allocate(request: AllocationRequest): Promise<Allocation[]>;
	/** The places of tickets that do not go out after all, by wire id. Returns at once. */
	giveBack(ticketIds: readonly string[]): void;
}
