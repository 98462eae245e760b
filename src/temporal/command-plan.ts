import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
	ApplicationFailure,
	type WorkflowExecutionDescription,
	WorkflowNotFoundError,
	WorkflowUpdateFailedError,
} from "@temporalio/client";
import type { CommandRecord, PlanDocument } from "../domain/documents.ts";
import { codePointsOf } from "../domain/look-alikes.ts";
import { commandHash } from "../domain/plan-commands.ts";
import {
	COMMAND_UNCHANGED,
	type CommandAnswer,
	type PlanCommand,
	type PlanCommandName,
	planQueries,
	planUpdates,
} from "../domain/plan-run.ts";
import {
	type ErrorCode,
	errorCodes,
	hasCode,
	OrchestratorError,
} from "../errors.ts";
import { hasLeftState, readOutcome } from "./left-state.ts";
import { queryRun } from "./query-run.ts";
import { rerunClosedPlan } from "./rerun-closed-plan.ts";
import { describeRun, isOpen } from "./start-plan.ts";
import type { TemporalCalls } from "./temporal-calls.ts";
import { planWorkflowId } from "./workflow-ids.ts";

/** A key of its own makes every command safe to ask for again over a broken connection. */
type KeyedCommand = PlanCommand & { idempotency_key: string };

/** A rerun of a closed plan takes two rounds; more rounds are for runs that close and open in between. */
const MAX_ROUNDS = 4;

/**
 * Sends a command to the plan's run and resolves with the run's answer. Safe to repeat with the same
 * idempotency key. Throws PLAN_NOT_FOUND, IDEMPOTENCY_KEY_REUSED, COMMANDS_EXHAUSTED when a limit of the run
 * is reached, or COMMAND_REFUSED with the run's reason and the allowed commands; a plan that has ended allows
 * only a rerun.
 */
export async function commandPlan(
	calls: TemporalCalls,
	taskQueue: string,
	planId: string,
	name: PlanCommandName,
	asked: PlanCommand,
): Promise<CommandAnswer> {
	const command: KeyedCommand = { idempotency_key: randomUUID(), ...asked };
	for (let round = 0; round < MAX_ROUNDS; round += 1) {
		// A key that was made for this call cannot have been used before.
		const isRepeat = round > 0 || asked.idempotency_key !== undefined;
		const closed = { calls, taskQueue, planId, name, command, isRepeat };
		const answer =
			(await askOpenRun(calls, planId, name, command)) ??
			(await askClosedRun(closed));
		if (answer !== undefined) return checkKey(name, command, answer);
	}
	throw new OrchestratorError(
		"TEMPORAL_UNAVAILABLE",
		`${name} of plan ${planId}: its run changed ${MAX_ROUNDS} times meanwhile`,
	);
}

/** undefined: the plan's newest run accepts no updates any more. */
async function askOpenRun(
	calls: TemporalCalls,
	planId: string,
	name: PlanCommandName,
	command: KeyedCommand,
): Promise<CommandAnswer | undefined> {
	const ask = () =>
		calls(`${name} of plan ${planId}`, (client) =>
			client.workflow
				.getHandle(planWorkflowId(planId))
				.executeUpdate<CommandAnswer, [PlanCommand]>(planUpdates[name], {
					args: [command],
					updateId: `key-${command.idempotency_key}`,
				}),
		);
	try {
		return await askAgain(ask);
	} catch (error) {
		if (error instanceof WorkflowUpdateFailedError) return answerIn(error);
		if (!(error instanceof WorkflowNotFoundError)) throw error;
		return undefined;
	}
}

/** Pending updates are answered within a moment, unless the run answers nobody. */
const EXHAUSTED_TRIES = 5;
const EXHAUSTED_PAUSE_MS = 400;

/**
 * Sends the update, and once more under the same key when there was no answer: a lost workflow task may lose
 * the command with it, and an accepted command is answered as before. Waits for room beside other commands.
 */
async function askAgain<T>(ask: () => Promise<T>): Promise<T> {
	let unanswered = 0;
	for (let tries = 1; ; tries += 1) {
		try {
			return await ask();
		} catch (error) {
			if (hasCode(error, "COMMANDS_EXHAUSTED")) {
				const isPassing = error.details.isPassing === true;
				if (!isPassing || tries >= EXHAUSTED_TRIES) throw error;
				await sleep(EXHAUSTED_PAUSE_MS);
			} else {
				unanswered += 1;
				if (!hasCode(error, "TEMPORAL_UNAVAILABLE") || unanswered > 1)
					throw error;
			}
		}
	}
}

/** Reads a refusal of the run: an answer when nothing had to change, else the error to throw. */
function answerIn(error: WorkflowUpdateFailedError): CommandAnswer {
	const { cause } = error;
	if (cause instanceof ApplicationFailure && cause.type === COMMAND_UNCHANGED)
		return cause.details?.[0] as CommandAnswer;
	throw refusal(error);
}

/** undefined: the plan has an open run again, which must be asked. */
async function askClosedRun({
	calls,
	taskQueue,
	planId,
	name,
	command,
	isRepeat,
}: {
	calls: TemporalCalls;
	taskQueue: string;
	planId: string;
	name: PlanCommandName;
	command: KeyedCommand;
	isRepeat: boolean;
}): Promise<CommandAnswer | undefined> {
	const run = await describeRun(calls, planWorkflowId(planId));
	if (run === undefined) throw noRunOfPlan(planId);
	if (isOpen(run)) return undefined;
	const repeated = isRepeat
		? await findAnswer(calls, planId, run, command.idempotency_key)
		: undefined;
	if (repeated !== undefined) return repeated;
	if (name === "rerun") {
		await rerunClosedPlan(calls, taskQueue, { planId, run, command });
		return undefined;
	}
	const isExecuted = run.status.name !== "FAILED";
	throw new OrchestratorError(
		"COMMAND_REFUSED",
		`plan ${planId} has ended (${run.status.name}): it takes no ${name}`,
		{ allowed: isExecuted ? ["rerun"] : [] },
	);
}

/** The answer of a closed run to an earlier command with this key. */
async function findAnswer(
	calls: TemporalCalls,
	planId: string,
	run: WorkflowExecutionDescription,
	key: string,
): Promise<CommandAnswer | undefined> {
	const commands = await readCommands(calls, run, key);
	const record = commands.find(
		({ idempotency_key }) => idempotency_key === key,
	);
	if (record === undefined) return undefined;
	const { id: command_id, status, outcome, details, command_hash } = record;
	return {
		plan_id: planId,
		status,
		command_id,
		outcome,
		details,
		command_hash,
	};
}

/** Its workers may be gone; then its result knows the commands, and a rerun that it was started for and refused. */
async function readCommands(
	calls: TemporalCalls,
	run: WorkflowExecutionDescription,
	key: string,
): Promise<readonly CommandRecord[]> {
	if (!hasLeftState(run)) {
		const { workflowId, runId } = run;
		const id = { workflowId, runId };
		const plan = await queryRun<PlanDocument>(calls, id, planQueries.plan);
		return plan.commands;
	}
	const { left_state, refused_rerun } = await readOutcome(calls, run);
	if (refused_rerun?.idempotency_key === key)
		throw new OrchestratorError("COMMAND_REFUSED", refused_rerun.problem, {
			allowed: ["rerun"],
		});
	return left_state?.carried.facts.commands ?? [];
}

/** Temporal returns the first answer for a known update id, whatever the new request is. */
function checkKey(
	name: PlanCommandName,
	command: KeyedCommand,
	answer: CommandAnswer,
): CommandAnswer {
	if (answer.command_hash === commandHash(name, command)) return answer;
	throw new OrchestratorError(
		"IDEMPOTENCY_KEY_REUSED",
		`idempotency key ${command.idempotency_key} was used for another command to plan ${answer.plan_id}: ask under a new key`,
	);
}

/** The error for every command to a plan without a run. */
export function noRunOfPlan(planId: string): OrchestratorError {
	return new OrchestratorError(
		"PLAN_NOT_FOUND",
		`plan ${planId} not found: no run has its id${codePointsOf(planId)}`,
	);
}

function refusal(error: WorkflowUpdateFailedError): OrchestratorError {
	const { cause } = error;
	const failure = cause instanceof ApplicationFailure ? cause : undefined;
	const type = failure?.type;
	const code: ErrorCode =
		type != null && type in errorCodes
			? (type as ErrorCode)
			: "COMMAND_REFUSED";
	const text = cause?.message ?? error.message;
	const details = failure?.details?.[0];
	const allowed = (details as { allowed?: string[] } | undefined)?.allowed;
	return new OrchestratorError(code, text, {
		cause: error,
		...(allowed !== undefined && { allowed }),
	});
}
