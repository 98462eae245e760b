import { condition, patched } from "@temporalio/workflow";
import {
	advance,
	cancelOpen,
	closeAtLimit,
	PLAN_TIMEOUT,
	takeReady,
} from "../src/domain/advance.ts";
import {
	applyResult,
	type Departures,
	type ResultEffect,
} from "../src/domain/apply-result.ts";
import type { StrayResult } from "../src/domain/documents.ts";
import type { Execution } from "../src/domain/execution.ts";
import type { TicketResult } from "../src/domain/plan-run.ts";
import { nextDueAtMs } from "../src/domain/ticket-clocks.ts";
import { createArmedTimer } from "./armed-timer.ts";
import { type Dispatch, dispatchTickets } from "./dispatch-tickets.ts";
import type { DocumentWriter } from "./document-writer.ts";
import { labelsOf, type PlanRun, wake } from "./plan-run.ts";
import { planSink } from "./plan-sinks.ts";

export interface TicketLoop {
	run: PlanRun;
	/** The books that move: the plan's own, or its compensation's. */
	execution: Execution;
	writer: DocumentWriter;
	/** The plan's limit ends this execution; compensation runs in any case. */
	bounded: boolean;
	/** Asked between two turns, when nothing is on its way: true ends the loop. */
	shouldYield(): boolean;
}

/**
 * Sees an execution through: publishes what is ready, takes results, lets time pass. Returns when every
 * ticket has its outcome and the plan is not paused, or when it should yield to a fresh run.
 */
export async function runTickets(
	loop: TicketLoop,
): Promise<"finished" | "yielded"> {
	const { run, execution, writer } = loop;
	const timer = createArmedTimer(() => wake(run));
	let dispatch: Dispatch | undefined;
	for (;;) {
		const seen = run.pulse;
		takeInbox(run);
		takeTime(loop);
		// The attempts that time has opened may have been reported on already.
		takeInbox(run);
		if (isStopped(run) || isPastLimit(loop)) dispatch?.stop();
		const yielding = loop.shouldYield();
		if (
			dispatch === undefined &&
			!yielding &&
			!isStopped(run) &&
			execution.ready.size > 0
		) {
			dispatch = dispatchTickets(run, execution, takeReady(execution));
			dispatch.done.finally(() => {
				dispatch = undefined;
				wake(run);
			});
		}
		// While tickets are on their way out nothing else delays them; once that takes long, the books are written meanwhile.
		if (dispatch === undefined || run.publishingSince !== null) writer.kick();
		if (dispatch === undefined && run.pulse === seen) {
			if (isFinished(loop)) break;
			if (yielding) return "yielded";
		}
		armTimer(loop, timer);
		await condition(() => run.pulse !== seen);
	}
	return "finished";
}

function isFinished({ run, execution }: TicketLoop): boolean {
	return execution.openCount === 0 && run.facts.pausedAtMs === null;
}

/** Nothing may be published now. */
function isStopped({ facts }: PlanRun): boolean {
	return (
		facts.pausedAtMs !== null ||
		(facts.cancel !== null && facts.result === null)
	);
}

function takeTime(loop: TicketLoop): void {
	const { run, execution, bounded } = loop;
	const nowMs = Date.now();
	const { cancel, pausedAtMs } = run.facts;
	if (bounded && cancel !== null) cancelOpen(execution, cancel.reason, nowMs);
	if (pausedAtMs !== null) return;
	advance(execution, nowMs);
	if (isPastLimit(loop) && execution.openCount > 0) {
		run.facts.errorMessage = PLAN_TIMEOUT;
		closeAtLimit(execution, nowMs);
	}
}

function isPastLimit({ run, bounded }: TicketLoop): boolean {
	const { limitAtMs, pausedAtMs } = run.facts;
	if (!bounded || limitAtMs === null || pausedAtMs !== null) return false;
	return Date.now() >= limitAtMs;
}

function armTimer(
	{ run, execution, bounded }: TicketLoop,
	timer: ReturnType<typeof createArmedTimer>,
): void {
	if (run.facts.pausedAtMs !== null) return;
	const limitAtMs = bounded ? (run.facts.limitAtMs ?? Infinity) : Infinity;
	const dueAtMs = Math.min(nextDueAtMs(execution) ?? Infinity, limitAtMs);
	if (dueAtMs !== Infinity) timer.arm(dueAtMs);
}

/** A plan remembers the newest of the results that had no effect. */
const MAX_STRAY_RESULTS = 100;

/** Results that wait for their tickets are kept up to this many. */
const MAX_UNPLACED_RESULTS = 10_000;

/**
 * Enters every result that came, in the order they came. One that names no ticket in the books is kept
 * for the next time: when a workflow task is done again, results of what its lost try has published
 * are here before the books know of it.
 */
export function takeInbox(run: PlanRun): void {
	const unplacedBefore = run.unplaced.length;
	const results = [...run.unplaced.splice(0), ...run.inbox.splice(0)];
	const effects: Record<string, number> = {};
	for (const result of results) {
		const effect = enterResult(run, result);
		if (effect === "unknown") run.unplaced.push(result);
		else effects[effect] = (effects[effect] ?? 0) + 1;
	}
	const tooMany = run.unplaced.length - MAX_UNPLACED_RESULTS;
	if (tooMany > 0) giveUpUnplaced(run, tooMany);
	const placed = results.length - run.unplaced.length;
	if (placed === 0 && run.unplaced.length === unplacedBefore) return;
	run.planDirty = true;
	planSink.results(labelsOf(run), effects);
}

/** Records the oldest results whose tickets are not in the books as unknown: nothing will come that places them. */
export function giveUpUnplaced(
	run: PlanRun,
	count: number = run.unplaced.length,
): void {
	if (count <= 0) return;
	for (const result of run.unplaced.splice(0, count))
		keepStray(run, result, "unknown", Date.now());
	run.planDirty = true;
	planSink.results(labelsOf(run), { unknown: count });
}

const departures: Departures = {
	holdsTicket: () => patched("9-hold-for-dependencies"),
};

function enterResult(run: PlanRun, result: TicketResult): ResultEffect {
	const nowMs = Date.now();
	const executions = [run.execution, run.compensation].flatMap(
		(execution) => execution ?? [],
	);
	for (const execution of executions) {
		const effect = applyResult(execution, result, nowMs, departures);
		if (effect === "unknown") continue;
		if (effect !== "applied" && effect !== "ignored")
			keepStray(run, result, effect, nowMs);
		return effect;
	}
	return "unknown";
}

function keepStray(
	{ facts }: PlanRun,
	result: TicketResult,
	kind: StrayResult["kind"],
	at: number,
): void {
	if (kind === "duplicate") facts.duplicate += 1;
	else if (kind === "unknown") facts.unknown += 1;
	else facts.late += 1;
	facts.stray.push({
		ticket_id: result.ticket_id,
		status: result.status,
		kind,
		at,
		source: result.source,
	});
	if (facts.stray.length > MAX_STRAY_RESULTS) facts.stray.shift();
}
