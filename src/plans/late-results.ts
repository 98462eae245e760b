import type { DeadLetterReason } from "../domain/dead-letter.ts";
import type { TicketResult } from "../domain/plan-run.ts";

/** The ends of attempts of plans that have ended. */
export interface AttemptEnds {
	/**
	 * The end of each attempt that a result ended, by wire id. Never throws: an id is absent when it is unknown
	 * or its store is away.
	 */
	findEnds(
		ids: readonly string[],
	): Promise<Map<string, "COMPLETED" | "FAILED">>;
}

/** A result whose plan had ended when it came. */
export interface LateResult {
	planId: string;
	result: TicketResult;
}

/**
 * The late results that repeat what the plan recorded before its end. The others are too late. One look-up
 * for all.
 */
export async function findDuplicates(
	attempts: AttemptEnds,
	late: readonly LateResult[],
): Promise<Set<LateResult>> {
	if (late.length === 0) return new Set();
	const ids = new Set(late.map(({ result }) => result.ticket_id));
	const ends = await attempts.findEnds([...ids]);
	return new Set(
		late.filter(({ result }) => ends.get(result.ticket_id) === result.status),
	);
}

/** Why a late result is a dead letter. */
export function lateReason({
	planId,
	result: { status, ticket_id },
}: LateResult): DeadLetterReason {
	return {
		code: "LATE",
		message: `plan ${planId} had ended before ${status} of ticket ${ticket_id} came`,
		hint: "nothing is to be done: the plan's outcome stands; rerun it to work on the ticket again",
	};
}
