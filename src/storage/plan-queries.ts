import type { CollectionName } from "../domain/documents.ts";

export const PLANS = "workflows" satisfies CollectionName;
export const TICKETS = "execution_tickets" satisfies CollectionName;
export const ATTEMPTS = "ticket_attempts" satisfies CollectionName;

/** A plan's tickets, by the index that begins with its id. */
export const TICKETS_IN_ORDER = { created_at: 1, order: 1, _id: 1 } as const;
/** The same index from its end. */
export const NEWEST_FIRST = { created_at: -1, order: -1, _id: -1 } as const;
/** By `kind`: a plan sorts before decisions that were only recorded. */
export const PLAN_BEFORE_DECISIONS = { kind: 1, created_at: -1 } as const;

/** Reads another collection in the same round trip; the result is in the field `as`. */
export function lookup(
	from: string,
	as: string,
	pipeline: object[],
): { $lookup: object } {
	return { $lookup: { from, pipeline, as } };
}
