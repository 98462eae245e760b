import type { TicketSpec } from "../generate-tickets.ts";
import type { Execution, TicketState } from "./state.ts";

/** The first law that this execution breaks, with the ticket's task; undefined when all hold. Linear in its edges. */
export function brokenInvariant(execution: Execution): string | undefined {
	const open = execution.tickets.filter(({ outcome }) => outcome === null);
	if (execution.openCount !== open.length)
		return `${open.length} tickets are open, ${execution.openCount} are counted`;
	for (const [ticket, state] of execution.tickets.entries()) {
		const spec = execution.specs[ticket] as TicketSpec;
		const broken = Object.entries(laws).find(
			([, holds]) => !holds(state, execution, ticket, spec),
		);
		if (broken !== undefined) return `task ${spec.task_id}: ${broken[0]}`;
	}
	return undefined;
}

type Law = (
	state: TicketState,
	execution: Execution,
	ticket: number,
	spec: TicketSpec,
) => boolean;

const laws: Record<string, Law> = {
	"it has ended, and only then has it an outcome": ({ phase, outcome }) =>
		(phase === "ended") === (outcome !== null),
	"it is in line for publication when it is ready": (
		{ phase },
		{ ready },
		ticket,
	) => ready.has(ticket) === (phase === "ready"),
	"it waits for its back-off when it backs off": (
		{ phase, nextAttemptAtMs },
		{ backingOff },
		ticket,
	) =>
		backingOff.has(ticket) === (phase === "backing-off") &&
		(nextAttemptAtMs !== null) === (phase === "backing-off"),
	"its clock runs when it is with a worker and waits for nothing": (
		{ phase, missing, clockFromMs },
		{ ticking },
		ticket,
	) => {
		const runs = phase === "running" && missing <= 0;
		return ticking.has(ticket) === runs && (clockFromMs !== null) === runs;
	},
	"it has no more attempts than it may have": ({ attempts }, { rules }) =>
		attempts.filter(({ uncounted }) => !uncounted).length <= rules.maxAttempts,
	"it was preempted once at most": ({ attempts }) =>
		attempts.filter(({ preempted }) => preempted).length <= 1,
	"only the newest attempt of an open ticket is open": ({
		attempts,
		outcome,
	}) =>
		attempts.every(
			({ end }, index) =>
				end !== null || (index === attempts.length - 1 && outcome === null),
		),
	"it is completed, or was until it was undone, when an attempt of it is": ({
		attempts,
		outcome,
	}) => {
		const isDone = attempts.some(({ end }) => end === "completed");
		return outcome === "completed"
			? isDone
			: outcome === "compensated" || !isDone;
	},
	"it counts the dependencies that are still missing": (
		{ missing },
		{ tickets, rules },
		_ticket,
		{ dependencies },
	) => {
		const outcomes = dependencies.map((one) => tickets[one]?.outcome ?? null);
		if (rules.onFailure === "go-on")
			return missing === outcomes.filter((one) => one === null).length;
		const undone = outcomes.filter((one) => one === "compensated").length;
		const others = outcomes.filter((one) => one !== "completed").length;
		// A compensated dependency is missing for tickets made by a rerun, not for those that had used it before.
		return missing <= others && missing >= others - undone;
	},
	"V2 opens no attempt before the dependencies are done": (
		{ attempts, missing },
		{ rules },
	) => rules.dispatch !== "as-ready" || attempts.length === 0 || missing === 0,
};
