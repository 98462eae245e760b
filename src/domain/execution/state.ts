import type {
	AllocationMetadata,
	RejectionMetadata,
	TicketOutcome,
} from "../documents.ts";
import type { PlanTerms, TicketSpec } from "../generate-tickets.ts";
import type { RecordSource, ResultStatus } from "../plan-run.ts";
import { attemptId } from "../ticket-ids.ts";

/**
 * The state of a plan's execution: every ticket, its attempts, and which tickets wait for which. Pure data
 * that only the functions of this folder change; all other code sees it as `Execution`. Times are Unix epoch,
 * ms.
 */
export interface WritableExecution {
	readonly planId: string;
	/** A rerun replaces the entries of its tickets. */
	readonly specs: TicketSpec[];
	readonly tickets: WritableTicket[];
	readonly dependants: readonly (readonly number[])[];
	/** Longest path from each ticket to an end by what is expected of each: the longer, the less slack. */
	readonly remainingMs: readonly number[];
	/** Wire id to ticket and attempt. */
	readonly attemptIndex: Map<string, { ticket: number; attempt: number }>;
	/** Wire ids of attempts that were published before a rerun. */
	readonly formerIds: Set<string>;
	rules: ExecutionRules;
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

type View<T> = T extends readonly (infer Item)[]
	? readonly View<Item>[]
	: T extends Map<infer Key, infer Value>
		? ReadonlyMap<Key, View<Value>>
		: T extends Set<infer Item>
			? ReadonlySet<Item>
			: T extends object
				? { readonly [Name in keyof T]: View<T[Name]> }
				: T;

/** The state of a plan's execution for all code but its transitions. */
export type Execution = Omit<View<WritableExecution>, "specs"> & {
	readonly specs: readonly TicketSpec[];
};
export type TicketState = View<WritableTicket>;
export type AttemptState = View<WritableAttempt>;

export interface ExecutionRules {
	/** `all-at-once` (V1): workers honour dependencies; `as-ready` (V2): published when they are completed. */
	dispatch: "all-at-once" | "as-ready";
	/** `go-on`: a ticket that failed releases its dependants all the same (compensation). */
	onFailure: "skip-descendants" | "go-on";
	maxAttempts: number;
	retryBackoffMs: number;
	queueAllowanceMs: number;
	/** The worker's back-off before its first retry inside an attempt. */
	workerBackoffMs?: number;
	maxRetries: number;
	/** How long a preempted ticket waits for its next attempt; absent: a preemption is a failure. */
	preemptionDelayMs?: number;
	compensation: boolean;
}

export type TicketPhase =
	| "waiting"
	| "ready"
	| "publishing"
	| "running"
	| "backing-off"
	| "ended";

export interface WritableTicket {
	phase: TicketPhase;
	outcome: TicketOutcome | null;
	/** Number of dependencies that are not completed. */
	missing: number;
	attempts: WritableAttempt[];
	/** When the clock of the newest attempt began; null while it waits for a dependency in the worker. */
	clockFromMs: number | null;
	nextAttemptAtMs: number | null;
	/** When the next attempt will be due at the earliest, while it waits for its back-off. */
	dueFromMs?: number;
	/** When a worker began, as it says, else when its first end was reported; null: nothing is known to have begun. */
	startedAt: number | null;
	finishedAt: number | null;
	agentId: string | null;
	actualDurationMs: number | null;
	errorMessage: string | null;
	/** null: it is stored and has left the state. */
	output: Record<string, string> | null;
	compensationTicketId: string | null;
	compensating: boolean;
	/** When the ticket was undone; absent if it was not. */
	compensatedAt?: number | null;
	allocation: AllocationMetadata | null;
	/** Set when it was refused before it went to a worker; a rerun has no trace of it. */
	rejection?: RejectionMetadata;
	/** The whole document is stored, so that only changes need to be written. */
	documented: boolean;
	/** Set by a rerun. */
	renewal?: Renewal;
}

/** The difference between a ticket of a later generation and the plan's first one. */
export interface Renewal {
	generation: number;
	created_at: number;
	deadline: number;
	/** The number of attempts of each earlier generation. */
	former: number[];
}

export interface WritableAttempt {
	/** The attempt was handed to Kafka: until that is confirmed or refused, it may be on the topic. */
	tried: boolean;
	publishedAt: number | null;
	end: "completed" | "failed" | "timed_out" | "cancelled" | null;
	finishedAt: number | null;
	agentId: string | null;
	actualDurationMs: number | null;
	errorMessage: string | null;
	source: RecordSource | null;
	/**
	 * When the attempt became due, by our clocks: results that intake received earlier do not belong to it.
	 * Absent when unknown, and once its ticket has ended.
	 */
	dueFromMs?: number;
	/** The named attempt of each dependency, in the spec's order; absent when all are first attempts. */
	dependencies?: number[];
	/** The attempt failed for want of its dependencies: it does not count against the ticket's attempts. */
	uncounted?: true;
	/** The attempt was given up for a more urgent ticket, and is not counted either. */
	preempted?: true;
	/** The priority it was published with, if the plan's changed later. */
	priority?: PlanTerms["priority"];
	/** The statuses reported so far, with or without effect: the same one again is a duplicate. */
	reported: ResultStatus[];
	documented: boolean;
	dirty: boolean;
}

/** The spec of a ticket's newest generation; without a renewal the spec as it is. */
export function renewSpec(
	planId: string,
	spec: TicketSpec,
	renewal: Renewal | undefined,
): TicketSpec {
	if (renewal === undefined) return spec;
	const { generation, created_at, deadline } = renewal;
	const name = { planId, taskId: spec.task_id, compensation: false };
	const ticket_id = attemptId({ ...name, generation, attempt: 1 });
	return { ...spec, ticket_id, generation, created_at, deadline };
}

/** A new ticket with `missing` uncompleted dependencies. */
export function newTicket(missing: number): WritableTicket {
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

/** The state of the ticket at a position; every position of the plan has one. */
export function stateOf(execution: Execution, ticket: number): TicketState {
	return execution.tickets[ticket] as TicketState;
}

/** The spec of the ticket at a position. */
export function specOf(execution: Execution, ticket: number): TicketSpec {
	return execution.specs[ticket] as TicketSpec;
}

/** The attempt that was opened last; undefined before the first. */
export function newestAttempt(state: TicketState): AttemptState | undefined {
	return state.attempts.at(-1);
}

/** The same state, writable: only for the transitions of this folder. */
export function writable(execution: Execution): WritableExecution {
	return execution as WritableExecution;
}

/** The same ticket, writable: only for the transitions of this folder. */
export function writableTicket(
	execution: Execution,
	ticket: number,
): WritableTicket {
	return stateOf(execution, ticket) as WritableTicket;
}
