import { reachable } from "../dag.ts";
import { codePointsOf } from "../look-alikes.ts";
import { attemptId } from "../ticket-ids.ts";
import {
	type Execution,
	newTicket,
	renewSpec,
	specOf,
	stateOf,
	type TicketState,
	wireId,
	writable,
} from "./state.ts";
import { endTicket, makeReady, markDirty } from "./transitions.ts";

/** The tickets that run again, in the plan's order: the asked one first, then all that depend on it. */
export type Rerun =
	| { ok: true; tickets: number[] }
	| { ok: false; problem: string };

/** Decides whether a task may run again, and what runs again with it. */
export function planRerun(execution: Execution, taskId: string): Rerun {
	const { specs, dependants, tickets } = execution;
	const ticket = specs.findIndex(({ task_id }) => task_id === taskId);
	if (ticket === -1)
		return refuse(`the plan has no task ${taskId}${codePointsOf(taskId)}`);
	const state = stateOf(execution, ticket);
	const wasTried = state.attempts.some(
		({ tried, publishedAt }) => tried || publishedAt !== null,
	);
	if (state.outcome === null && !wasTried)
		return refuse(`task ${taskId} is still to run for the first time`);
	const missing = findMissing(execution, ticket);
	if (missing.length > 0) {
		const names = missing.map((other) => specOf(execution, other).task_id);
		return refuse(
			`task ${taskId} rests on ${names.join(", ")}, not completed: rerun ${names[0]} instead`,
		);
	}
	const behind = reachable(dependants, [ticket]);
	return {
		ok: true,
		tickets: [...tickets.keys()].filter(
			(other) => other === ticket || behind.has(other),
		),
	};
}

function refuse(problem: string): Rerun {
	return { ok: false, problem };
}

/** The deepest tickets below this one that are not completed, while their own dependencies are. */
function findMissing(execution: Execution, ticket: number): number[] {
	const below = reachable(
		execution.specs.map(({ dependencies }) => dependencies),
		[ticket],
	);
	const isMissing = (other: number) =>
		stateOf(execution, other).outcome !== "completed";
	// A completed dependency has already used its own dependencies.
	const direct = specOf(execution, ticket).dependencies.filter(isMissing);
	if (direct.length === 0) return [];
	return [...below]
		.filter(isMissing)
		.filter((other) => !specOf(execution, other).dependencies.some(isMissing))
		.sort((a, b) => a - b);
}

/** Ends these tickets where they are open: results that still come for them have no effect. */
export function retireTickets(
	execution: Execution,
	tickets: readonly number[],
	reason: string,
	nowMs: number,
): void {
	for (const ticket of tickets.toReversed())
		endTicket(execution, ticket, {
			outcome: "cancelled",
			at: nowMs,
			errorMessage: `cancelled: replaced by a rerun: ${reason}`,
		});
}

/** The logical id that a ticket's next generation will have. */
export function nextTicketId(execution: Execution, ticket: number): string {
	const spec = specOf(execution, ticket);
	const renewal = {
		generation: spec.generation + 1,
		created_at: 0,
		deadline: 0,
		former: [],
	};
	return renewSpec(execution.planId, spec, renewal).ticket_id;
}

/** Opens the next generation of these retired tickets, which must be in the plan's order. */
export function renewTickets(
	execution: Execution,
	tickets: readonly number[],
	nowMs: number,
	dueFromMs: number = nowMs,
): void {
	const renewed = new Set(tickets);
	for (const ticket of tickets)
		renewTicket(execution, ticket, renewed, { nowMs, dueFromMs });
}

function renewTicket(
	execution: Execution,
	ticket: number,
	renewed: ReadonlySet<number>,
	{ nowMs, dueFromMs }: { nowMs: number; dueFromMs: number },
): void {
	const spec = specOf(execution, ticket);
	const old = stateOf(execution, ticket);
	old.attempts.forEach((_, index) => {
		writable(execution).attemptIndex.delete(
			wireId(execution, ticket, index + 1),
		);
	});
	const deadlines = spec.dependencies
		.filter((other) => renewed.has(other))
		.map((other) => specOf(execution, other).deadline);
	const missing = spec.dependencies.filter(
		(other) => stateOf(execution, other).outcome !== "completed",
	);
	const state = newTicket(missing.length);
	state.renewal = {
		generation: spec.generation + 1,
		created_at: nowMs,
		deadline: Math.max(nowMs, ...deadlines) + spec.timeout_ms,
		former: [...(old.renewal?.former ?? []), old.attempts.length],
	};
	const changed = writable(execution);
	changed.tickets[ticket] = state;
	changed.specs[ticket] = renewSpec(execution.planId, spec, state.renewal);
	changed.openCount += 1;
	markDirty(execution, ticket);
	noteFormer(execution, ticket);

	const lost = missing.find(
		(other) => stateOf(execution, other).outcome !== null,
	);
	if (lost !== undefined)
		endTicket(execution, ticket, {
			outcome: "skipped",
			at: nowMs,
			errorMessage: `skipped: it depends on task ${specOf(execution, lost).task_id}, which did not complete`,
		});
	else if (execution.rules.dispatch === "all-at-once" || missing.length === 0)
		makeReady(execution, ticket, dueFromMs);
}

/** Remembers the ids under which earlier generations of a ticket were published. */
export function noteFormer(execution: Execution, ticket: number): void {
	const { planId, rules, formerIds } = writable(execution);
	const { former = [], generation = 1 } =
		stateOf(execution, ticket).renewal ?? {};
	const taskId = specOf(execution, ticket).task_id;
	former.forEach((attempts, index) => {
		const name = {
			planId,
			taskId,
			generation: generation - former.length + index,
			compensation: rules.compensation,
		};
		for (let attempt = 1; attempt <= attempts; attempt++)
			formerIds.add(attemptId({ ...name, attempt }));
	});
}

/** Older generations are forgotten: a report on one would be of an unknown ticket. */
const MAX_FORMER = 10;

/** The state with as many earlier generations as the next run needs: a plan may be run again without end. */
export function withNewestFormer(state: TicketState): TicketState {
	const { renewal } = state;
	if (renewal === undefined || renewal.former.length <= MAX_FORMER)
		return state;
	const former = renewal.former.slice(-MAX_FORMER);
	return { ...state, renewal: { ...renewal, former } };
}
