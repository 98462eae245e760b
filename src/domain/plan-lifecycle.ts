import type { PlanStatus } from "./plan-run.ts";

/** The statuses in which something is executed. */
const atWork = ["RUNNING", "COMPENSATING"] as const;
/** The statuses in which a plan ends that was executed. */
const executed = ["SUCCESS", "PARTIAL", "FAILED", "CANCELLED"] as const;

/**
 * The events that move a plan from one status to another, with their allowed statuses before and after. After
 * `resumed` comes the status before the pause, after `concluded` the status of the result. protocol.md,
 * "Status of a plan", has the same table in words.
 */
export const lifecycle = {
	/** C1, or a policy, found a problem. */
	refused: { from: ["VALIDATING", "AWAITING_APPROVAL"], to: ["INVALID"] },
	/** C1 passed, and a person must approve. */
	approvalAsked: {
		from: ["VALIDATING", "AWAITING_APPROVAL"],
		to: ["AWAITING_APPROVAL"],
	},
	rejected: { from: ["AWAITING_APPROVAL"], to: ["REJECTED"] },
	/** Nobody approved it, or no policy decided about it, in time. */
	expired: { from: ["VALIDATING", "AWAITING_APPROVAL"], to: ["EXPIRED"] },
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
	/** C5 has decided, and the compensation has ended. */
	concluded: {
		// Also from PAUSED: no work was left that the pause could stop.
		from: [...atWork, "PAUSED"],
		to: executed,
	},
	/**
	 * A run that continues a closed one begins like every run. `beginAgain` assigns the status: `moveStatus`
	 * would add a command to the run's history, and every run begins without one.
	 */
	begunAgain: { from: executed, to: ["VALIDATING"] },
	/** Tickets of a plan that has ended run again. */
	reopened: { from: ["VALIDATING", ...executed], to: ["RUNNING"] },
} as const satisfies Record<
	string,
	{ from: readonly PlanStatus[]; to: readonly PlanStatus[] }
>;

export type PlanEvent = keyof typeof lifecycle;
/** The statuses after an event. */
export type StatusAfter<E extends PlanEvent> =
	(typeof lifecycle)[E]["to"][number];

/** The problem when a plan of this status meets the event; undefined when the event is allowed. */
export function statusProblem(
	status: PlanStatus,
	event: PlanEvent,
): string | undefined {
	const from: readonly PlanStatus[] = lifecycle[event].from;
	return from.includes(status)
		? undefined
		: `a plan in ${status} was ${event}, which the lifecycle does not know`;
}

/** The statuses that may follow this one, by any event. */
export function nextStatuses(status: PlanStatus): PlanStatus[] {
	const reached = Object.values(lifecycle)
		.filter(({ from }) => (from as readonly PlanStatus[]).includes(status))
		.flatMap(({ to }): readonly PlanStatus[] => to);
	return [...new Set(reached)].filter((next) => next !== status);
}
