import type { ExecutionTicket } from "../schemas/execution-ticket.ts";
import type { Allocation } from "../src/domain/scheduling/allocation.ts";

/** The request for workers: attempts of one plan, as they will travel. */
export interface AllocationRequest {
	plan_id: string;
	/** Set when somebody asked for another priority than the plan's. */
	asked_priority?: ExecutionTicket["priority"] | undefined;
	/** Policy does not give the plan the scheduler: workers have it in turn. */
	in_turn?: true;
	/** Policy gives the plan burst capacity. */
	burst?: true;
	/** The tickets undo a plan's work. */
	compensation?: true;
	/** Since when tickets have waited for a worker, by wire id; Unix epoch, ms. */
	waiting_since?: Readonly<Record<string, number>>;
	tickets: ExecutionTicket[];
}

/**
 * C3. One answer a ticket, in the order of the request. Safe to repeat: a ticket that has a place with a worker
 * keeps it, and the choice is advice to the workers.
 */
export interface Allocator {
	allocate(request: AllocationRequest): Promise<Allocation[]>;
}
