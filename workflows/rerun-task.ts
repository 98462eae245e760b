import {
	ApplicationFailure,
	currentUpdateInfo,
	workflowInfo,
} from "@temporalio/workflow";
import type { FormerRound } from "../src/domain/documents.ts";
import {
	enterUndone,
	undoneTickets,
	withdrawCompensation,
} from "../src/domain/execution/compensation.ts";
import {
	nextTicketId,
	planRerun,
	renewTickets,
	retireTickets,
} from "../src/domain/execution/rerun.ts";
import { STATE_VERSION } from "../src/domain/left-state.ts";
import {
	allowedCommands,
	type CommandState,
} from "../src/domain/plan-commands.ts";
import type {
	PlanCommand,
	PlanCommandName,
	PlanRunInput,
} from "../src/domain/plan-run.ts";
import { isStepOfPlan } from "../src/domain/plan-steps.ts";
import { buildOfTask } from "./build-of-task.ts";
import { type CarriedRun, carryRun } from "./carry-run.ts";
import { moveStatus } from "./move-status.ts";
import { ticketAttributes } from "./plan-answers.ts";
import { record } from "./record-events.ts";
import {
	isPrepared,
	type PlanRun,
	type PreparedRun,
	type RunFacts,
} from "./run-state.ts";

/** The audit trail has the older rounds. */
const MAX_FORMER_ROUNDS = 50;

/** An answer names at most so many tickets; `count` is the number of all. */
const MAX_NAMED_TICKETS = 20;

const NO_TICKETS = "the plan has no tickets yet";

/** The part of the run that decides which commands are allowed. */
export function commandState({
	facts,
	approval,
	execution,
}: PlanRun): CommandState {
	return {
		status: facts.status,
		executed: facts.publishAttempted && execution !== undefined,
		cancelled: facts.cancel !== null,
		answered: approval !== undefined,
		concluded: facts.result !== null,
	};
}

/** Why the task may not run again; undefined when it may. */
export function rerunProblem(
	run: PlanRun,
	{ task_id }: Pick<PlanCommand, "task_id">,
): string | undefined {
	const { execution } = run;
	if (typeof task_id !== "string") return "rerun needs the id of a task";
	if (execution === undefined) return NO_TICKETS;
	// A query asks this too, so the execution is not changed.
	const undone = new Map(undoneOf(run));
	const tickets = execution.tickets.map(
		(state, ticket) => undone.get(ticket) ?? state,
	);
	const rerun = planRerun({ ...execution, tickets }, task_id);
	return rerun.ok ? undefined : rerun.problem;
}

function undoneOf({ facts, execution, compensation }: PlanRun) {
	return execution === undefined || compensation === undefined
		? []
		: undoneTickets(execution, facts.compensatedOriginals, compensation);
}

export interface RerunStateRequest {
	task_id: string;
	/** The run closed by itself, so all its documents are stored. */
	landed: boolean;
}

/** The state from which a new run of a closed plan goes on, or why the task may not run again. */
export type RerunState =
	| { ok: true; input: PlanRunInput; carried: CarriedRun }
	| { ok: false; problem: string; allowed: PlanCommandName[] };

/** What a run of a build leaves in its result for a rerun; the plan itself is in the run's first event. */
export interface LeftState {
	state_version: number;
	carried: CarriedRun;
}

/** undefined: workers without a version answer for every run. */
export function leaveState(run: PlanRun): LeftState | undefined {
	if (buildOfTask() === undefined) return undefined;
	return { state_version: STATE_VERSION, carried: carryRun(run) };
}

/** Answers a query to a closed run; changes nothing. */
export function rerunState(
	run: PlanRun,
	{ task_id, landed }: RerunStateRequest,
): RerunState {
	const state = commandState(run);
	if (!state.executed) {
		const problem = `plan ${run.identity.plan_id} ended as ${run.facts.status} with nothing published: publish it again under another decision`;
		return { ok: false, problem, allowed: allowedCommands(state) };
	}
	const problem = rerunProblem(run, { task_id });
	if (problem !== undefined) return { ok: false, problem, allowed: ["rerun"] };
	return { ok: true, input: run.input, carried: carryRun(run, !landed) };
}

/** A run that continues a closed one begins as every run does; then its rerun opens it. */
export function beginAgain({ facts }: PlanRun): void {
	facts.chainStartedAtMs = Date.now();
	facts.status = "VALIDATING";
}

/**
 * Opens the next generation of a task's ticket and of all tickets that depend on it; the others stay as they
 * are. A plan that has ended is open again, with a new time limit.
 */
export function rerunTask(
	run: PlanRun,
	{ task_id = "", reason }: PlanCommand,
): { outcome: string; details: Record<string, unknown> } {
	if (!isPrepared(run)) throw ApplicationFailure.nonRetryable(NO_TICKETS);
	const { execution } = run;
	const nowMs = Date.now();
	enterUndone(execution, undoneOf(run));
	const rerun = planRerun(execution, task_id);
	const tickets = rerun.ok ? rerun.tickets : [];
	retireTickets(execution, tickets, reason, nowMs);
	for (const ticket of tickets) {
		const supersededBy = nextTicketId(execution, ticket);
		record(run, { kind: "ticketReplaced", execution, ticket, supersededBy });
	}
	// A rerun that opens a run is in the run's first event, however often the first workflow task is retried.
	const dueFromMs =
		currentUpdateInfo() === undefined
			? workflowInfo().runStartTime.getTime()
			: nowMs;
	renewTickets(execution, tickets, nowMs, dueFromMs);
	const { status } = run.facts;
	if (status !== "RUNNING" && status !== "PAUSED") reopen(run);
	return {
		outcome: `${tickets.length} ${tickets.length === 1 ? "ticket runs" : "tickets run"} again`,
		details: {
			task_id,
			count: tickets.length,
			ticket_ids: tickets
				.slice(0, MAX_NAMED_TICKETS)
				.map((ticket) => execution.specs[ticket]?.ticket_id),
		},
	};
}

/** The round that is over, for the plan's document. */
function roundOf({
	round,
	result,
	status,
	steps,
	finishedAt,
	errorMessage,
}: RunFacts): FormerRound {
	return {
		round,
		// A run that was ended from outside knows no result; its plan was closed as FAILED.
		status: result?.status ?? (finishedAt === null ? status : "FAILED"),
		// C6 may still be running.
		steps: steps.filter((step) => !isStepOfPlan(step)),
		finished_at: finishedAt,
		error_message: errorMessage,
		tickets_generated: result?.metrics.total_tickets ?? 0,
		tickets_completed: result?.metrics.successful_tickets ?? 0,
	};
}

/** Back to C3. The results of C5 and C6 are already stored. */
function reopen(run: PreparedRun): void {
	const { facts, execution, compensation, input } = run;
	compensation?.specs.forEach((_, ticket) => {
		record(run, {
			kind: "ticketReplaced",
			execution: compensation,
			ticket,
			supersededBy: null,
		});
	});
	run.compensation = undefined;
	withdrawCompensation(execution);
	// The run may have been ended from outside meanwhile; closing it has raised an incident.
	delete facts.incidentDue;
	delete facts.heldMs;
	const nowMs = Date.now();
	Object.assign(facts, {
		round: facts.round + 1,
		formerRounds: [...(facts.formerRounds ?? []), roundOf(facts)].slice(
			-MAX_FORMER_ROUNDS,
		),
		roundStartedAtMs: nowMs,
		limitAtMs: nowMs + input.settings.planMaxDurationMs,
		steps: facts.steps.filter(isStepOfPlan),
		currentStep: "C3",
		result: null,
		compensatedOriginals: [],
		cancel: null,
		pausedAtMs: null,
		pausedFrom: null,
		finishedAt: null,
		errorMessage: null,
	});
	moveStatus(run, "reopened", "RUNNING", ticketAttributes(run));
}
