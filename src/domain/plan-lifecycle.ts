import { finalPlanStatuses, type PlanStatus } from "./plan-run.ts";

/** The statuses in which something is executed. */
const atWork = ["RUNNING", "COMPENSATING"] as const;

/**
 * What moves a plan from one status to another: from which statuses it may come, and where it leads.
 * `resumed` and `concluded` lead where the plan says: to the status before the pause, to the result's.
 */
const lifecycle = {
	/** C1, or the policy of C2, found a problem. */
	refused: { from: ["VALIDATING", "AWAITING_APPROVAL"], to: ["INVALID"] },
	/** C1 passed, and a person must approve. */
	approvalAsked: {
		from: ["VALIDATING", "AWAITING_APPROVAL"],
		to: ["AWAITING_APPROVAL"],
	},
	rejected: { from: ["AWAITING_APPROVAL"], to: ["REJECTED"] },
	expired: { from: ["AWAITING_APPROVAL"], to: ["EXPIRED"] },
	/** Cancelled before anything was published. */
	withdrawn: { from: ["VALIDATING", "AWAITING_APPROVAL"], to: ["CANCELLED"] },
	/** C2 has made the tickets. */
	ticketsGenerated: {
		from: ["VALIDATING", "AWAITING_APPROVAL"],
		to: ["RUNNING"],
	},
	compensationBegun: {
		from: ["RUNNING", "COMPENSATING", "PAUSED"],
		to: ["COMPENSATING", "PAUSED"],
	},
	paused: { from: atWork, to: ["PAUSED"] },
	resumed: { from: ["PAUSED"], to: atWork },
	/** C5 has decided, and what had to be undone is. */
	concluded: {
		// Nothing was left that a pause could have held up.
		from: [...atWork, "PAUSED"],
		to: ["SUCCESS", "PARTIAL", "FAILED", "CANCELLED"],
	},
	/** A run that goes on from a closed one begins as every run does. */
	begunAgain: { from: finalPlanStatuses, to: ["VALIDATING"] },
	/** Tickets of a plan that has ended run again. */
	reopened: { from: ["VALIDATING", ...finalPlanStatuses], to: ["RUNNING"] },
} as const satisfies Record<
	string,
	{ from: readonly PlanStatus[]; to: readonly PlanStatus[] }
>;

export type PlanEvent = keyof typeof lifecycle;
/** Where an event leads. */
export type StatusAfter<E extends PlanEvent> =
	(typeof lifecycle)[E]["to"][number];

/** What a plan of this status cannot have met; undefined when it can. */
export function statusProblem(
	status: PlanStatus,
	event: PlanEvent,
): string | undefined {
	const from: readonly PlanStatus[] = lifecycle[event].from;
	return from.includes(status)
		? undefined
		: `a plan in ${status} was ${event}, which the lifecycle does not know`;
}

/** What a plan of this status may become next, by any event. */
export function nextStatuses(status: PlanStatus): PlanStatus[] {
	const reached = Object.values(lifecycle)
		.filter(({ from }) => (from as readonly PlanStatus[]).includes(status))
		.flatMap(({ to }): readonly PlanStatus[] => to);
	return [...new Set(reached)].filter((next) => next !== status);
}
