import { createDag, longestPathsFrom, orderDag } from "../dag.ts";
import { expectedMs, type TicketSpec } from "../generate-tickets.ts";
import { noteFormer } from "./rerun.ts";
import {
	type Execution,
	type ExecutionRules,
	newTicket,
	renewSpec,
	type TicketState,
	type WritableExecution,
	type WritableTicket,
	wireId,
} from "./state.ts";
import { makeReady, track } from "./transitions.ts";

/** A new execution: no ticket is published; the first ones are due from `dueFromMs` on. */
export function createExecution(
	planId: string,
	specs: readonly TicketSpec[],
	rules: ExecutionRules,
	dueFromMs?: number,
): Execution {
	const execution = restoreExecution(
		planId,
		specs,
		rules,
		specs.map(({ dependencies }) => newTicket(dependencies.length)),
	);
	specs.forEach((_, ticket) => {
		if (
			rules.dispatch === "all-at-once" ||
			execution.tickets[ticket]?.missing === 0
		)
			makeReady(execution, ticket, dueFromMs);
	});
	return execution;
}

/**
 * The execution as an earlier run left it, whose tickets it takes over; tickets that were being published are
 * published again.
 */
export function restoreExecution(
	planId: string,
	specs: readonly TicketSpec[],
	rules: ExecutionRules,
	former: readonly TicketState[],
): Execution {
	const tickets = former as WritableTicket[];
	const dag = createDag(specs.map(({ dependencies }) => dependencies));
	const execution: WritableExecution = {
		planId,
		specs: specs.map((spec, ticket) =>
			renewSpec(planId, spec, tickets[ticket]?.renewal),
		),
		tickets,
		dependants: dag.dependants,
		remainingMs: longestPathsFrom(dag, specs.map(expectedMs), orderDag(dag)),
		attemptIndex: new Map(),
		formerIds: new Set(),
		rules,
		openCount: tickets.filter(({ outcome }) => outcome === null).length,
		ready: new Set(),
		backingOff: new Set(),
		ticking: new Set(),
		dirty: new Set(),
	};
	tickets.forEach((state, ticket) => {
		noteFormer(execution, ticket);
		state.attempts.forEach((attempt, index) => {
			execution.attemptIndex.set(wireId(execution, ticket, index + 1), {
				ticket,
				attempt: index + 1,
			});
			if (attempt.dirty) execution.dirty.add(ticket);
		});
		if (!state.documented) execution.dirty.add(ticket);
		if (state.phase === "publishing") state.phase = "ready";
		track(execution, ticket);
	});
	return execution;
}
