// Long because every command of a plan is found in one place.
import {
	ApplicationFailure,
	currentUpdateInfo,
	defineUpdate,
	patched,
	setHandler,
} from "@temporalio/workflow";
import type { CommandRecord } from "../src/domain/documents.ts";
import {
	keepPublishedPriority,
	shiftClocks,
} from "../src/domain/execution/transitions.ts";
import {
	isServiceName,
	type Provenance,
	readVia,
	SERVICE_NAME_REFUSAL,
} from "../src/domain/origin.ts";
import {
	allowedCommands,
	commandHash,
	decides,
	oversizeProblem,
} from "../src/domain/plan-commands.ts";
import {
	COMMAND_UNCHANGED,
	type CommandAnswer,
	commandPriorities,
	type PlanCommand,
	type PlanCommandName,
	type PlanStatus,
	planUpdates,
} from "../src/domain/plan-run.ts";
import { needsApproval } from "../src/domain/read-decision.ts";
import { nameUuid } from "../src/domain/ticket-ids.ts";
import { mapPriority } from "../src/domain/wire-words.ts";
import { holdForRerun, noteDecision } from "./accepted-task.ts";
import { moveStatus } from "./move-status.ts";
import { SHOWN_COMMANDS } from "./plan-answers.ts";
import { record } from "./record-events.ts";
import { commandState, rerunProblem, rerunTask } from "./rerun-task.ts";
import {
	chainId,
	executionsOf,
	noteHeld,
	notify,
	type PlanRun,
} from "./run-state.ts";

/** The effect of a command: a sentence for people, details for programs. */
interface CommandEffect {
	outcome: string;
	details?: Record<string, unknown>;
	/** The status that the plan will get, where that takes the plan's own next step. */
	status?: PlanStatus;
}

/** A command that comes again under its key is known among these; the plan's audit trail has all of them. */
const MAX_COMMANDS = 200;

/** Clocks of people's machines differ from ours by less. */
const CLOCK_SKEW_MS = 5_000;

/**
 * The plan takes every command as an update. The validator refuses a command before it leaves a trace in the
 * history.
 */
export function setCommandHandlers(run: PlanRun): void {
	for (const name of Object.keys(planUpdates) as PlanCommandName[]) {
		setHandler(
			defineUpdate<CommandAnswer, [PlanCommand]>(planUpdates[name]),
			(command) => {
				const repeated = findRepeated(run, command);
				if (repeated !== undefined) return answerOf(run, repeated);
				const applied = applyCommand(run, name, withProvenance(run, command));
				if (name === "rerun") holdForRerun(run);
				return answerOf(run, applied);
			},
			{ validator: (command) => refuseUnlessAllowed(run, name, command) },
		);
	}
}

/** Carries out a command that is allowed, and enters it in the plan's history and audit trail. */
export function applyCommand(
	run: PlanRun,
	name: PlanCommandName,
	command: PlanCommand,
): CommandRecord {
	const { facts } = run;
	const effect = carryOut[name](run, command);
	const { outcome, details = {}, status = facts.status } = effect;
	const { actor, reason, idempotency_key = null } = command;
	const applied: CommandRecord = {
		id: currentUpdateInfo()?.id ?? derivedId(run),
		command: name,
		actor,
		reason,
		at: Date.now(),
		idempotency_key,
		command_hash: commandHash(name, command),
		status,
		outcome,
		details,
		...provenanceOf(command),
	};
	facts.commandCount += 1;
	facts.commands.push(applied);
	if (facts.commands.length > MAX_COMMANDS) facts.commands.shift();
	if (facts.commandCount === SHOWN_COMMANDS + 1)
		facts.showsFewCommands = patched("15-shown-commands");
	record(run, { kind: "commandApplied", command: applied });
	if (currentUpdateInfo() !== undefined && decides(name))
		noteDecision(run.turns);
	notify(run);
	return applied;
}

/**
 * Adds how the command came. A command without a known `via` was sent to Temporal directly; plans of earlier
 * releases go on as they began.
 */
export function withProvenance(
	{ input }: PlanRun,
	command: PlanCommand,
): PlanCommand {
	if (readVia(command.via) !== undefined) return command;
	const { via: _none, authenticated: _word, ...rest } = command;
	if (input.origin === undefined) return rest;
	return { ...rest, via: { kind: "temporal" }, authenticated: false };
}

function provenanceOf(command: PlanCommand): Partial<Provenance> {
	const via = readVia(command.via);
	return via === undefined
		? {}
		: { via, authenticated: command.authenticated === true };
}

/** The id of a command that came by no update: Temporal's own cancel, a signal, the rerun that opens a run. */
function derivedId({ facts }: PlanRun): string {
	return nameUuid(`${chainId()}/command/${facts.commandCount}`);
}

function answerOf(
	{ identity }: PlanRun,
	applied: CommandRecord,
): CommandAnswer {
	const { id: command_id, status, outcome, details, command_hash } = applied;
	const { plan_id } = identity;
	return { plan_id, status, command_id, outcome, details, command_hash };
}

function findRepeated(
	{ facts }: PlanRun,
	command: PlanCommand | undefined,
): CommandRecord | undefined {
	const key = command?.idempotency_key;
	if (key === undefined) return undefined;
	return facts.commands.find(({ idempotency_key }) => idempotency_key === key);
}

function refuseUnlessAllowed(
	run: PlanRun,
	name: PlanCommandName,
	command: PlanCommand,
): void {
	const refusal =
		serviceNameRefusal(name, command) ??
		refusalOf(run, name, command) ??
		unchanged(run, name, command);
	if (refusal !== undefined) throw refusal;
}

/** Nobody may give a command under the service's own name. */
export function serviceNameRefusal(
	name: PlanCommandName,
	command: PlanCommand | undefined,
): ApplicationFailure | undefined {
	const actor = command?.actor;
	return typeof actor === "string" && isServiceName(actor)
		? refused(`the actor of ${name} ${SERVICE_NAME_REFUSAL}`, [])
		: undefined;
}

/** Why the plan refuses the command now, whichever way it came; undefined when it takes the command. */
export function refusalOf(
	run: PlanRun,
	name: PlanCommandName,
	command: PlanCommand,
): ApplicationFailure | undefined {
	const repeated = findRepeated(run, command);
	if (repeated !== undefined) {
		if (repeated.command_hash === commandHash(name, command)) return undefined;
		return ApplicationFailure.create({
			message: `idempotency key ${repeated.idempotency_key} was used for another command: ${repeated.command} by ${repeated.actor}`,
			type: "IDEMPOTENCY_KEY_REUSED",
			nonRetryable: true,
		});
	}
	const { plan_id } = run.identity;
	if (isEarlyAnswer(run, name))
		return ApplicationFailure.create({
			message: `${name} comes before plan ${plan_id} is validated: ask again`,
			type: "TEMPORAL_UNAVAILABLE",
			nonRetryable: true,
		});
	const allowed = allowedCommands(commandState(run));
	const problem = allowed.includes(name)
		? findProblem(run, name, command)
		: `${name} is not possible: plan ${plan_id} is ${run.facts.status}; possible now: ${allowed.join(", ") || "nothing"}`;
	return problem === undefined ? undefined : refused(problem, allowed);
}

/** Why the rerun does not open the run that continues a closed one; undefined when it does. */
export function openingRefusal(
	run: PlanRun,
	rerun: PlanCommand,
): ApplicationFailure | undefined {
	const { executed } = commandState(run);
	const problem = executed
		? findProblem(run, "rerun", rerun)
		: `rerun is not possible: nothing of plan ${run.identity.plan_id} was published`;
	return problem === undefined ? undefined : refused(problem, []);
}

function refused(
	problem: string,
	allowed: readonly PlanCommandName[],
): ApplicationFailure {
	return ApplicationFailure.create({
		message: problem,
		type: "COMMAND_REFUSED",
		nonRetryable: true,
		details: [{ allowed }],
	});
}

/** An answer can arrive before the plan waits, when the first workflow task sent the request and was then retried. */
export function isEarlyAnswer(
	{ facts, input }: PlanRun,
	name: PlanCommandName,
): boolean {
	return (
		(name === "approve" || name === "reject") &&
		facts.status === "VALIDATING" &&
		facts.cancel === null &&
		needsApproval(input.decision, input.plan)
	);
}

/** The problem of the command itself, if it has one. */
function findProblem(
	run: PlanRun,
	name: PlanCommandName,
	command: PlanCommand,
): string | undefined {
	if (!isText(command?.actor) || !isText(command.reason))
		return `${name} needs an actor and a reason, both non-empty strings`;
	const oversize = oversizeProblem(name, command);
	if (oversize !== undefined) return oversize;
	if (name === "rerun") return rerunProblem(run, command);
	const words: readonly unknown[] = commandPriorities;
	if (name === "priority" && !words.includes(command.priority))
		return `priority must be one of ${commandPriorities.join(", ")}`;
	return answerProblem(run, name, command);
}

/** Why an approval or rejection does not fit the waiting plan; undefined when it does, and for other commands. */
function answerProblem(
	{ facts, input }: PlanRun,
	name: PlanCommandName,
	{ plan_hash, answered_at }: PlanCommand,
): string | undefined {
	if (name !== "approve" && name !== "reject") return undefined;
	const { planHash, approvalWait } = facts;
	if (plan_hash !== undefined) {
		return plan_hash === planHash
			? undefined
			: `${name} is for another plan: its hash is ${plan_hash}, the validated plan's is ${planHash}`;
	}
	if (name === "approve" && input.settings.approvalRequiresPlanHash === true)
		return `approve names no plan_hash, and must here (APPROVAL_REQUIRE_PLAN_HASH): the validated plan's is ${planHash}`;
	// Without a hash the answer may be meant for an earlier plan under the same id.
	const sinceMs = approvalWait?.requested_at ?? 0;
	return answered_at === undefined || answered_at + CLOCK_SKEW_MS >= sinceMs
		? undefined
		: `${name} names no plan_hash and is older than the request: it was given for an earlier plan`;
}

/**
 * The answer to a command that would change nothing, as a refusal: a refused update leaves no event, and a
 * run has room for 2,000 updates. undefined when the command changes something.
 */
function unchanged(
	{ facts, identity }: PlanRun,
	name: PlanCommandName,
	command: PlanCommand,
): ApplicationFailure | undefined {
	if (name !== "priority") return undefined;
	const { value } = mapPriority(command.priority);
	const newest = facts.commands.findLast(({ command }) => command === name);
	if (facts.priority !== value || newest?.details.priority !== value)
		return undefined;
	const answer: CommandAnswer = {
		plan_id: identity.plan_id,
		status: facts.status,
		command_id: newest.id,
		outcome: `tickets go out with priority ${value} already: nothing was changed`,
		details: newest.details,
		command_hash: commandHash(name, command),
	};
	return ApplicationFailure.create({
		message: answer.outcome,
		type: COMMAND_UNCHANGED,
		nonRetryable: true,
		details: [answer],
	});
}

function isText(value: unknown): boolean {
	return typeof value === "string" && value !== "";
}

const carryOut: Record<
	PlanCommandName,
	(run: PlanRun, command: PlanCommand) => CommandEffect
> = {
	cancel,
	pause,
	resume: (run) => {
		leavePause(run);
		return { outcome: "the plan goes on" };
	},
	approve: (run, command) => answerApproval(run, true, command),
	reject: (run, command) => answerApproval(run, false, command),
	rerun: rerunTask,
	priority: changePriority,
};

function cancel(run: PlanRun, command: PlanCommand): CommandEffect {
	run.facts.cancel = command;
	if (run.facts.status === "PAUSED") leavePause(run);
	const compensate = command.compensate === true;
	const { status } = run.facts;
	return {
		outcome: `nothing more is published${compensate ? ", and what was done is undone" : ""}`,
		details: { compensate },
		status: status === "AWAITING_APPROVAL" ? "CANCELLED" : status,
	};
}

function pause(run: PlanRun): CommandEffect {
	run.facts.pausedAtMs = Date.now();
	run.facts.pausedFrom =
		run.facts.status === "COMPENSATING" ? "COMPENSATING" : "RUNNING";
	moveStatus(run, "paused", "PAUSED");
	return { outcome: "nothing is published until it is resumed" };
}

function leavePause(run: PlanRun): void {
	const { facts } = run;
	const nowMs = Date.now();
	const pausedAtMs = facts.pausedAtMs ?? nowMs;
	for (const execution of executionsOf(run))
		shiftClocks(execution, pausedAtMs, nowMs);
	if (facts.limitAtMs !== null) facts.limitAtMs += nowMs - pausedAtMs;
	noteHeld(run, nowMs);
	facts.pausedAtMs = null;
	moveStatus(run, "resumed", facts.pausedFrom ?? "RUNNING");
	facts.pausedFrom = null;
}

function answerApproval(
	run: PlanRun,
	granted: boolean,
	command: PlanCommand,
): CommandEffect {
	run.approval = { granted, command, atMs: Date.now() };
	return {
		outcome: granted ? "the plan is approved" : "the plan is rejected",
		details: { plan_hash: run.facts.planHash },
		status: granted ? "RUNNING" : "REJECTED",
	};
}

/** Published tickets keep their priority. Before C2 the new priority replaces the plan's own. */
function changePriority(
	run: PlanRun,
	{ priority }: PlanCommand,
): CommandEffect {
	const { facts } = run;
	const { value } = mapPriority(priority);
	const before = facts.terms?.priority ?? facts.priority;
	facts.priority = value;
	if (facts.terms !== null) {
		for (const execution of executionsOf(run))
			keepPublishedPriority(execution, facts.terms.priority);
		facts.terms.priority = value;
		facts.terms.asked_priority = value;
	}
	return {
		outcome: `tickets go out with priority ${value} from now on`,
		details: { priority: value, before },
	};
}
