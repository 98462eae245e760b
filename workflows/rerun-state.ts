import { allowedCommands } from "../src/domain/plan-commands.ts";
import type { PlanCommandName, PlanRunInput } from "../src/domain/plan-run.ts";
import { type CarriedRun, carryRun } from "./carry-run.ts";
import type { PlanRun } from "./plan-run.ts";
import { commandState, rerunProblem } from "./rerun-task.ts";

export interface RerunStateRequest {
	task_id: string;
	/** The run closed by itself, so all its documents have landed. */
	landed: boolean;
}

/** What a new run of a closed plan goes on from, or why the task may not run again. */
export type RerunState =
	| { ok: true; input: PlanRunInput; carried: CarriedRun }
	| { ok: false; problem: string; allowed: PlanCommandName[] };

/** Answers for a run that has closed; changes nothing. */
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

/** A run that goes on from a closed one begins as every run does; its rerun opens it. */
export function beginAgain({ facts }: PlanRun): void {
	facts.chainStartedAtMs = Date.now();
	facts.status = "VALIDATING";
}
