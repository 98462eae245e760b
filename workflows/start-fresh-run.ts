import {
	allHandlersFinished,
	condition,
	continueAsNew,
	patched,
	workflowInfo,
} from "@temporalio/workflow";
import type { PlanRunInput } from "../src/domain/plan-run.ts";
import {
	type CarriedRun,
	carryRun,
	excessUnplaced,
	mayContinueAsNew,
} from "./carry-run.ts";
import type { DocumentFlusher } from "./document-flusher.ts";
import { giveUpUnplaced, takeInbox } from "./enter-results.ts";
import type { PlanRun } from "./run-state.ts";

/** The workflow as continue-as-new starts it, with the state of the run before. */
type PlanWorkflow = (
	input: PlanRunInput,
	carried: CarriedRun,
) => Promise<unknown>;

/**
 * Whether the history has become so long that a fresh run should go on, and the unwritten documents can be
 * carried.
 */
export function shouldYield(run: PlanRun): boolean {
	return workflowInfo().continueAsNewSuggested && mayContinueAsNew(run);
}

/** As `shouldYield`, for a wait in which runs from before the patch `10-waits` never yield. */
export function shouldYieldWait(run: PlanRun): boolean {
	return shouldYield(run) && patched("10-waits");
}

/**
 * Goes through a wait that may yield. Then a fresh run continues it, or this one, if meanwhile more has come
 * than can be carried.
 */
export async function throughRuns<T>(
	run: PlanRun,
	flusher: DocumentFlusher,
	wait: () => Promise<T | "yielded">,
): Promise<T> {
	for (;;) {
		const ended = await wait();
		if (ended !== "yielded") return ended;
		await startFreshRun(run, flusher);
	}
}

/** Continues as new with all that is not yet written; returns if meanwhile more has come than can be carried. */
async function startFreshRun(
	run: PlanRun,
	flusher: DocumentFlusher,
): Promise<void> {
	await flusher.stop();
	await condition(allHandlersFinished);
	takeInbox(run);
	giveUpUnplaced(run, excessUnplaced(run));
	if (!mayContinueAsNew(run) && patched("9-carried")) return flusher.resume();
	await continueAsNew<PlanWorkflow>(run.input, carryRun(run));
}
