import { createDag, longestPathsFrom, orderDag, reachable } from "./dag.ts";
import type { AllocationMetadata, TicketOutcome } from "./documents.ts";
import type { TicketSpec } from "./generate-tickets.ts";
import type { RecordSource } from "./plan-run.ts";
import { attemptId } from "./ticket-ids.ts";

/**
 * The books of a plan's execution: every ticket, its attempts, and which tickets wait for which. Pure
 * data; `apply-result.ts` and `advance.ts` move it. Times are Unix epoch, ms.
 */
export interface Execution {
	readonly planId: string;
	readonly specs: readonly TicketSpec[];
	readonly tickets: TicketState[];
	readonly dependants: readonly (readonly number[])[];
	/** Longest estimated path from each ticket to an end: the larger, the smaller its slack. */
	readonly remainingMs: readonly number[];
	/** Wire id to ticket and attempt. */
	readonly attemptIndex: Map<string, { ticket: number; attempt: number }>;
	readonly rules: ExecutionRules;
	/** Tickets without an outcome. */
	openCount: number;
	/** Tickets that wait for publication, by position. */
	readonly ready: Set<number>;
	/** Tickets whose next attempt waits for its back-off. */
	readonly backingOff: Set<number>;
	/** Published tickets whose attempt's clock runs. */
	readonly ticking: Set<number>;
	/** Tickets whose documents do not show their newest state. */
	readonly dirty: Set<number>;
}

export interface ExecutionRules {
	/** `all-at-once` (V1): workers honour dependencies; `as-ready` (V2): published when they are completed. */
	dispatch: "all-at-once" | "as-ready";
	/** `go-on`: a ticket that failed releases its dependants all the same (compensation). */
	onFailure: "skip-descendants" | "go-on";
	maxAttempts: number;
	retryBackoffMs: number;
	queueAllowanceMs: number;
	maxRetries: number;
	compensation: boolean;
}

export type TicketPhase =
	| "waiting"
	| "ready"
	| "publishing"
	| "running"
	| "backing-off"
	| "ended";

export interface TicketState {
	phase: TicketPhase;
	outcome: TicketOutcome | null;
	/** Number of dependencies that are not completed. */
	missing: number;
	attempts: AttemptState[];
	/** When the clock of the newest attempt began; null while it waits for a dependency in the worker. */
	clockFromMs: number | null;
	nextAttemptAtMs: number | null;
	startedAt: number | null;
	finishedAt: number | null;
	agentId: string | null;
	actualDurationMs: number | null;
	errorMessage: string | null;
	/** Leaves the state once it is written. */
	output: Record<string, string>;
	compensationTicketId: string | null;
	compensating: boolean;
	allocation: AllocationMetadata | null;
	/** The whole document has landed, so that only changes need to be written. */
	documented: boolean;
}

export interface AttemptState {
	publishedAt: number | null;
	end: "completed" | "failed" | "timed_out" | "cancelled" | null;
	finishedAt: number | null;
	agentId: string | null;
	actualDurationMs: number | null;
	errorMessage: string | null;
	source: RecordSource | null;
	documented: boolean;
	dirty: boolean;
}

/** Opens the books for tickets none of which is published. */
export function createExecution(
	planId: string,
	specs: readonly TicketSpec[],
	rules: ExecutionRules,
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
			makeReady(execution, ticket);
	});
	return execution;
}

/** Opens the books as an earlier run left them; what was being published then is published again. */
export function restoreExecution(
	planId: string,
	specs: readonly TicketSpec[],
	rules: ExecutionRules,
	tickets: TicketState[],
): Execution {
	const dag = createDag(specs.map(({ dependencies }) => dependencies));
	const execution: Execution = {
		planId,
		specs,
		tickets,
		dependants: dag.dependants,
		remainingMs: longestPathsFrom(
			dag,
			specs.map((spec) => spec.estimated_duration_ms),
			orderDag(dag),
		),
		attemptIndex: new Map(),
		rules,
		openCount: tickets.filter(({ outcome }) => outcome === null).length,
		ready: new Set(),
		backingOff: new Set(),
		ticking: new Set(),
		dirty: new Set(),
	};
	tickets.forEach((state, ticket) => {
		state.attempts.forEach((attempt, index) => {
			execution.attemptIndex.set(wireId(execution, ticket, index + 1), {
				ticket,
				attempt: index + 1,
			});
			if (attempt.dirty) execution.dirty.add(ticket);
		});
		if (!state.documented) execution.dirty.add(ticket);
		if (state.phase === "ready" || state.phase === "publishing") {
			state.phase = "ready";
			execution.ready.add(ticket);
		}
		if (state.phase === "backing-off") execution.backingOff.add(ticket);
		if (state.phase === "running" && state.clockFromMs !== null)
			execution.ticking.add(ticket);
	});
	return execution;
}

function newTicket(missing: number): TicketState {
	return {
		phase: "waiting",
		outcome: null,
		missing,
		attempts: [],
		clockFromMs: null,
		nextAttemptAtMs: null,
		startedAt: null,
		finishedAt: null,
		agentId: null,
		actualDurationMs: null,
		errorMessage: null,
		output: {},
		compensationTicketId: null,
		compensating: false,
		allocation: null,
		documented: false,
	};
}

/** The id under which an attempt (from 1) travels. */
export function wireId(
	{ planId, specs, rules }: Execution,
	ticket: number,
	attempt: number,
): string {
	const spec = specs[ticket] as TicketSpec;
	if (attempt === 1) return spec.ticket_id;
	return attemptId({
		planId,
		taskId: spec.task_id,
		generation: spec.generation,
		attempt,
		compensation: rules.compensation,
	});
}

/** Opens the next attempt of a ticket and puts it in line for publication. */
export function makeReady(execution: Execution, ticket: number): void {
	const state = stateOf(execution, ticket);
	state.phase = "ready";
	state.nextAttemptAtMs = null;
	state.clockFromMs = null;
	state.attempts.push({
		publishedAt: null,
		end: null,
		finishedAt: null,
		agentId: null,
		actualDurationMs: null,
		errorMessage: null,
		source: null,
		documented: false,
		dirty: true,
	});
	execution.attemptIndex.set(wireId(execution, ticket, state.attempts.length), {
		ticket,
		attempt: state.attempts.length,
	});
	execution.backingOff.delete(ticket);
	execution.ready.add(ticket);
}

export interface Ending {
	outcome: TicketOutcome;
	at: number;
	errorMessage?: string | null;
}

/** Gives a ticket its outcome and lets those that wait for it know; each ticket ends once. */
export function endTicket(
	execution: Execution,
	ticket: number,
	{ outcome, at, errorMessage = null }: Ending,
): void {
	const state = stateOf(execution, ticket);
	if (state.outcome !== null) return;
	state.phase = "ended";
	state.outcome = outcome;
	state.finishedAt = at;
	state.errorMessage = errorMessage;
	state.nextAttemptAtMs = null;
	execution.openCount -= 1;
	execution.ready.delete(ticket);
	execution.backingOff.delete(ticket);
	execution.ticking.delete(ticket);
	execution.dirty.add(ticket);

	const released =
		outcome === "completed" || execution.rules.onFailure === "go-on";
	if (released) releaseDependants(execution, ticket, at);
	else if (outcome === "failed" || outcome === "timed_out")
		skipDescendants(execution, ticket, at);
}

function releaseDependants(
	execution: Execution,
	ticket: number,
	at: number,
): void {
	for (const dependant of execution.dependants[ticket] ?? []) {
		const state = stateOf(execution, dependant);
		state.missing -= 1;
		if (state.missing > 0 || state.outcome !== null) continue;
		if (state.phase === "waiting") makeReady(execution, dependant);
		else if (state.phase === "running") startClock(execution, dependant, at);
	}
}

function skipDescendants(
	execution: Execution,
	ticket: number,
	at: number,
): void {
	const { task_id } = execution.specs[ticket] as TicketSpec;
	for (const descendant of [...reachable(execution.dependants, [ticket])].sort(
		(a, b) => a - b,
	)) {
		endTicket(execution, descendant, {
			outcome: "skipped",
			at,
			errorMessage: `skipped: it depends on task ${task_id}, which did not complete`,
		});
	}
}

/** An attempt's clock begins at the later of its publication and the completion of its last dependency. */
export function startClock(
	execution: Execution,
	ticket: number,
	fromMs: number,
): void {
	stateOf(execution, ticket).clockFromMs = fromMs;
	execution.ticking.add(ticket);
}

export function stateOf(execution: Execution, ticket: number): TicketState {
	return execution.tickets[ticket] as TicketState;
}

export function specOf(execution: Execution, ticket: number): TicketSpec {
	return execution.specs[ticket] as TicketSpec;
}

/** The attempt that was opened last; undefined before the first. */
export function newestAttempt(state: TicketState): AttemptState | undefined {
	return state.attempts.at(-1);
}
