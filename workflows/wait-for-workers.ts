import type { HeldTicket } from "../activities/dispatch-tickets.ts";
import type { TicketBatch } from "../activities/publish-tickets.ts";
import { type Execution, wireId } from "../src/domain/execution/state.ts";
import {
	type Publication,
	putBack,
} from "../src/domain/execution/transitions.ts";
import {
	renewWaits,
	type WaitingTicket,
} from "../src/domain/scheduling/capacity-wait.ts";
import type { PlanRun } from "./run-state.ts";

/** Waiting tickets that are tried again in one go: all of them each time would fill the history. */
const MAX_RETRIED = 50;

/** Whether a ticket may go out now: a new one, or one that waits and whose time has come. */
export function mayDispatch(run: PlanRun, execution: Execution): boolean {
	const { ready } = execution;
	const waitingCount = waitingNow(run, execution).length;
	return (
		ready.size > waitingCount ||
		(waitingCount > 0 && Date.now() >= retryWorkersAtMs(run, execution))
	);
}

/** When waiting tickets are tried again: a result may have freed a place. Infinity: nobody waits. */
export function retryWorkersAtMs(run: PlanRun, execution: Execution): number {
	const { capacityWaits, lastReceiptAtMs = 0 } = run.facts;
	if (capacityWaits === undefined || waitingNow(run, execution).length === 0)
		return Infinity;
	const mayBeFree = lastReceiptAtMs > capacityWaits.receiptAtMs;
	return mayBeFree ? Date.now() : capacityWaits.nextAtMs;
}

/** What undoes a plan's work never waits. */
function waitingNow(
	{ facts }: PlanRun,
	{ ready, rules }: Execution,
): WaitingTicket[] {
	if (facts.capacityWaits === undefined || rules.compensation) return [];
	return facts.capacityWaits.tickets.filter(({ ticket }) => ready.has(ticket));
}

/** New tickets first, then those that have waited longest; the rest is put back. */
export function chooseTurn(
	run: PlanRun,
	execution: Execution,
	publications: Publication[],
): Publication[] {
	const { capacityWaits } = run.facts;
	if (capacityWaits === undefined || execution.rules.compensation)
		return publications;
	const since = new Map(
		capacityWaits.tickets.map(({ ticket, sinceMs }) => [ticket, sinceMs]),
	);
	const fresh = publications.filter(({ ticket }) => !since.has(ticket));
	const waiting = publications
		.filter(({ ticket }) => since.has(ticket))
		.sort((a, b) => (since.get(a.ticket) ?? 0) - (since.get(b.ticket) ?? 0));
	putBack(execution, waiting.slice(MAX_RETRIED));
	return [...fresh, ...waiting.slice(0, MAX_RETRIED)];
}

/** Since when tickets of a batch have waited, for C3 to bound it. */
export function waitingSince(
	{ facts }: PlanRun,
	execution: Execution,
	publications: readonly Publication[],
): Pick<TicketBatch, "waiting_since"> {
	if (execution.rules.compensation) return {};
	const since = new Map(
		facts.capacityWaits?.tickets.map(({ ticket, sinceMs }) => [
			ticket,
			sinceMs,
		]),
	);
	const entries = publications.flatMap(({ ticket, attempt }) => {
		const sinceMs = since.get(ticket);
		const id = wireId(execution, ticket, attempt);
		return sinceMs === undefined ? [] : [[id, sinceMs] as const];
	});
	return entries.length === 0
		? {}
		: { waiting_since: Object.fromEntries(entries) };
}

/** Enters who of a batch waits for a worker now, and puts those tickets back. */
export function enterWaits(
	run: PlanRun,
	execution: Execution,
	publications: readonly Publication[],
	heldOf: (publication: Publication) => HeldTicket | undefined,
): void {
	if (execution.rules.compensation) return;
	const waiting = publications.flatMap((publication) => {
		const held = heldOf(publication);
		if (held?.kind !== "waiting") return [];
		putBack(execution, [publication]);
		return [{ ticket: publication.ticket, wait: held.wait }];
	});
	const { capacityWaits, lastReceiptAtMs = 0 } = run.facts;
	if (waiting.length === 0 && capacityWaits === undefined) return;
	const renewed = renewWaits(capacityWaits, {
		tried: new Set(publications.map(({ ticket }) => ticket)),
		waiting,
		receiptAtMs: lastReceiptAtMs,
		nowMs: Date.now(),
	});
	if (renewed === undefined) delete run.facts.capacityWaits;
	else run.facts.capacityWaits = renewed;
}

/** Those that wait for workers, and were not handed to Kafka with the others of their batch. */
export function waitingOf(
	execution: Execution,
	publications: Publication[],
	held: readonly HeldTicket[] = [],
): Publication[] {
	const waiting = new Set(
		held.flatMap(({ kind, ticket_id }) =>
			kind === "waiting" ? [ticket_id] : [],
		),
	);
	return publications.filter(({ ticket, attempt }) =>
		waiting.has(wireId(execution, ticket, attempt)),
	);
}
