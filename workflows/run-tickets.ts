import { condition } from "@temporalio/workflow";
import type { Execution } from "../src/domain/execution/state.ts";
import { nextDueAtMs } from "../src/domain/execution/ticket-clocks.ts";
import {
	advance,
	cancelOpen,
	closeAtLimit,
	PLAN_TIMEOUT,
	takeReady,
} from "../src/domain/execution/transitions.ts";
import { createArmedTimer } from "./armed-timer.ts";
import { retryAtMs } from "./ask-policy.ts";
import { type Dispatch, dispatchTickets } from "./dispatch-tickets.ts";
import type { DocumentFlusher } from "./document-flusher.ts";
import { takeInbox } from "./enter-results.ts";
import { orderOf } from "./guard-version.ts";
import { notify, type PlanRun, type PreparedRun } from "./run-state.ts";
import {
	chooseTurn,
	mayDispatch,
	retryWorkersAtMs,
} from "./wait-for-workers.ts";

export interface TicketLoop {
	run: PreparedRun;
	/** The execution that moves: the plan's own, or its compensation's. */
	execution: Execution;
	flusher: DocumentFlusher;
	/** The plan's limit ends this execution; compensation runs in any case. */
	bounded: boolean;
	/** Asked between two turns, when no dispatch is running: true ends the loop. */
	shouldYield(): boolean;
}

/**
 * Runs an execution to its end: publishes ready tickets, enters results, lets time pass. Returns when every
 * ticket has its outcome and the plan is not paused, or when it should yield to a fresh run.
 */
export async function runTickets(
	loop: TicketLoop,
): Promise<"finished" | "yielded"> {
	const { run, execution, flusher } = loop;
	const timer = createArmedTimer(() => notify(run));
	let dispatch: Dispatch | undefined;
	for (;;) {
		const seen = run.version;
		takeInbox(run);
		takeTime(loop);
		// The inbox may have results of attempts that have just become due.
		takeInbox(run);
		if (isStopped(run) || isPastLimit(loop)) dispatch?.stop();
		const yielding = loop.shouldYield();
		if (
			dispatch === undefined &&
			!yielding &&
			!isStopped(run) &&
			run.unacceptedCount === 0 &&
			Date.now() >= retryAtMs(run) &&
			mayDispatch(run, execution)
		) {
			const taken = chooseTurn(
				run,
				execution,
				takeReady(execution, orderOf(run, execution)),
			);
			dispatch = dispatchTickets(run, execution, taken);
			dispatch.done.finally(() => {
				dispatch = undefined;
				notify(run);
			});
		}
		const isIdle = dispatch === undefined && run.version === seen;
		const isOver = isIdle && isFinished(loop);
		// Nothing but C6 is left then, after which everything is written.
		const isLast =
			isOver && run.facts.hasOneLastWrite && haveAllCompleted(execution);
		// Documents wait while tickets are published, to delay nothing; once publishing takes long, they are
		// written meanwhile.
		const isDue = dispatch === undefined || run.publishingSince !== null;
		if (isDue && !isLast) flusher.sendChanges();
		if (isOver) break;
		if (isIdle && yielding) return "yielded";
		armTimer(loop, timer, dispatch !== undefined);
		await condition(() => run.version !== seen);
	}
	return "finished";
}

function isFinished({ run, execution }: TicketLoop): boolean {
	return execution.openCount === 0 && run.facts.pausedAtMs === null;
}

function haveAllCompleted({ tickets }: Execution): boolean {
	return tickets.every(({ outcome }) => outcome === "completed");
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
	isDispatching: boolean,
): void {
	if (run.facts.pausedAtMs !== null) return;
	const limitAtMs = bounded ? (run.facts.limitAtMs ?? Infinity) : Infinity;
	const policyAtMs = retryAtMs(run) || Infinity;
	const dueAtMs = Math.min(
		nextDueAtMs(execution) ?? Infinity,
		limitAtMs,
		policyAtMs > Date.now() ? policyAtMs : Infinity,
		isDispatching || Date.now() < retryAtMs(run)
			? Infinity
			: retryWorkersAtMs(run, execution),
	);
	if (dueAtMs !== Infinity) timer.arm(dueAtMs);
}
