import {
	ApplicationFailure,
	defineQuery,
	defineSignal,
	defineUpdate,
	setHandler,
} from "@temporalio/workflow";
import { shiftClocks } from "../src/domain/advance.ts";
import { allowedCommands } from "../src/domain/plan-commands.ts";
import { stageOf } from "../src/domain/plan-document.ts";
import type { DecisionSummary } from "../src/domain/plan-run.ts";
import {
	type CommandAnswer,
	type PlanCommand,
	type PlanCommandName,
	planQueries,
	planSignals,
	planUpdates,
	type TicketResult,
} from "../src/domain/plan-run.ts";
import { needsApproval } from "../src/domain/read-decision.ts";
import { readResult } from "../src/domain/read-result.ts";
import { setVerdictHandler } from "./answer-verdict.ts";
import {
	listTickets,
	planDocument,
	type TicketsRequest,
} from "./plan-answers.ts";
import { type PlanRun, setStatus, wake } from "./plan-run.ts";
import { planWaits } from "./plan-waits.ts";

/** Everything a running plan hears and answers. Set before the first await, so that nothing comes too early. */
export function setPlanHandlers(run: PlanRun): void {
	setSignalHandlers(run);
	setQueryHandlers(run);
	setVerdictHandler(run);
	for (const name of Object.keys(planUpdates) as PlanCommandName[])
		setCommandHandler(run, name);
}

function setSignalHandlers(run: PlanRun): void {
	setHandler(
		defineSignal<[TicketResult[]]>(planSignals.ticketResults),
		(results) => {
			const readable = Array.isArray(results) ? results.filter(isResult) : [];
			run.inbox.push(...readable);
			wake(run);
		},
	);
	setHandler(
		defineSignal<[string, unknown]>(planSignals.ticketCompleted),
		(ticketId, result) => {
			const read = readResult(
				{
					status: "COMPLETED",
					...(typeof result === "object" ? result : {}),
					ticket_id: ticketId,
				},
				null,
			);
			if (read.ok) run.inbox.push(read.result);
			wake(run);
		},
	);
	setHandler(
		defineSignal<[DecisionSummary]>(planSignals.decisionRejected),
		(decision) => {
			// One that comes during C1 is for the plan that is about to wait.
			const { status } = run.facts;
			const early =
				status === "VALIDATING" &&
				needsApproval(run.input.decision, run.input.plan);
			if (!early && status !== "AWAITING_APPROVAL") return;
			decideApproval(run, false, {
				actor: `decision ${decision.decision_id}`,
				reason: "a later decision rejects the plan",
			});
		},
	);
}

/** Anybody may send a signal, and what throws here would be repeated for ever. */
function isResult(value: unknown): value is TicketResult {
	if (typeof value !== "object" || value === null) return false;
	const { ticket_id, status, output } = value as Partial<TicketResult>;
	const known =
		status === "COMPLETED" || status === "FAILED" || status === "RUNNING";
	return typeof ticket_id === "string" && known && typeof output === "object";
}

function setQueryHandlers(run: PlanRun): void {
	setHandler(defineQuery<object>(planQueries.plan), () => planDocument(run));
	setHandler(
		defineQuery<object, [TicketsRequest?]>(planQueries.tickets),
		(request) => listTickets(run, request ?? {}),
	);
	setHandler(defineQuery<object>(planQueries.why), () => planWaits(run));
	setHandler(
		defineQuery<object, [TicketsRequest?]>(planQueries.getTickets),
		(request) => listTickets(run, request ?? {}),
	);
	setHandler(defineQuery<object>(planQueries.getStatus), () => {
		const { tickets_generated, tickets_completed, tickets_failed } =
			planDocument(run);
		return {
			status: stageOf(run.facts.status, run.facts.currentStep),
			current_step: run.facts.currentStep,
			plan_status: run.facts.status,
			tickets_generated,
			tickets_completed,
			tickets_failed,
			workflow_result: run.facts.result,
			sla_warnings: [],
		};
	});
}

function setCommandHandler(run: PlanRun, name: PlanCommandName): void {
	setHandler(
		defineUpdate<CommandAnswer, [PlanCommand]>(planUpdates[name]),
		(command) => {
			carryOut[name](run, command);
			wake(run);
			return { plan_id: run.identity.plan_id, status: run.facts.status };
		},
		{ validator: (command) => refuseUnlessAllowed(run, name, command) },
	);
}

function refuseUnlessAllowed(
	run: PlanRun,
	name: PlanCommandName,
	command: PlanCommand,
): void {
	const allowed = allowedCommands(run.facts.status);
	if (!allowed.includes(name) || isDecided(run, name)) {
		throw refusal(
			`${name} is not possible: plan ${run.identity.plan_id} is ${run.facts.status}; possible now: ${allowed.join(", ") || "nothing"}`,
			allowed,
		);
	}
	if (
		typeof command?.actor !== "string" ||
		command.actor === "" ||
		typeof command.reason !== "string" ||
		command.reason === ""
	) {
		throw refusal(
			`${name} needs an actor and a reason, both non-empty strings`,
			allowed,
		);
	}
	if (
		name === "approve" &&
		command.plan_hash !== undefined &&
		command.plan_hash !== run.facts.planHash
	) {
		throw refusal(
			`approve is for another plan: its hash is ${command.plan_hash}, the validated plan's is ${run.facts.planHash}`,
			allowed,
		);
	}
}

/** A cancel or an answer that was accepted leaves nothing to be asked for; after C5 nothing is cancelled. */
function isDecided(
	{ facts, approval }: PlanRun,
	name: PlanCommandName,
): boolean {
	if (facts.result !== null) return name === "cancel";
	if (facts.cancel !== null) return true;
	return facts.status === "AWAITING_APPROVAL" && approval !== undefined;
}

function refusal(
	message: string,
	allowed: readonly PlanCommandName[],
): ApplicationFailure {
	return ApplicationFailure.create({
		message,
		type: "COMMAND_REFUSED",
		nonRetryable: true,
		details: [{ allowed }],
	});
}

const carryOut: Record<
	PlanCommandName,
	(run: PlanRun, command: PlanCommand) => void
> = {
	cancel: requestCancel,
	pause,
	resume,
	approve: (run, command) => decideApproval(run, true, command),
	reject: (run, command) => decideApproval(run, false, command),
};

/** The cancel command, by whomever: nothing more is published. */
export function requestCancel(run: PlanRun, command: PlanCommand): void {
	record(run, "cancel", command);
	run.facts.cancel = command;
	if (run.facts.status === "PAUSED") leavePause(run);
	wake(run);
}

function pause(run: PlanRun, command: PlanCommand): void {
	record(run, "pause", command);
	run.facts.pausedAtMs = Date.now();
	run.facts.pausedFrom = run.facts.status;
	setStatus(run, "PAUSED");
}

function resume(run: PlanRun, command: PlanCommand): void {
	record(run, "resume", command);
	leavePause(run);
}

function leavePause(run: PlanRun): void {
	const { facts } = run;
	const nowMs = Date.now();
	const pausedAtMs = facts.pausedAtMs ?? nowMs;
	for (const execution of [run.execution, run.compensation]) {
		if (execution !== undefined) shiftClocks(execution, pausedAtMs, nowMs);
	}
	if (facts.limitAtMs !== null) facts.limitAtMs += nowMs - pausedAtMs;
	facts.pausedAtMs = null;
	setStatus(run, facts.pausedFrom ?? "RUNNING");
	facts.pausedFrom = null;
}

function decideApproval(
	run: PlanRun,
	granted: boolean,
	command: PlanCommand,
): void {
	if (run.approval !== undefined) return;
	record(run, granted ? "approve" : "reject", command);
	run.approval = { granted, command };
	wake(run);
}

function record(
	run: PlanRun,
	command: string,
	{ actor, reason }: PlanCommand,
): void {
	run.facts.commands.push({ command, actor, reason, at: Date.now() });
	run.planDirty = true;
}
