import type { PlanTerms } from "../generate-tickets.ts";
import type { Execution } from "./state.ts";
import { stateOf } from "./state.ts";

/**
 * Remembers the priority under which each attempt went out before the plan got another one, and has the
 * documents of what is still to come written again.
 */
export function keepPublishedPriority(
	execution: Execution,
	priority: PlanTerms["priority"],
): void {
	execution.tickets.forEach((state, ticket) => {
		for (const attempt of state.attempts)
			if (attempt.tried || attempt.publishedAt !== null)
				attempt.priority ??= priority;
		const newest = stateOf(execution, ticket).attempts.at(-1);
		if (state.outcome === null && newest?.priority === undefined)
			execution.dirty.add(ticket);
	});
}
