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
import type { DocumentWriter } from "./document-writer.ts";
import { giveUpUnplaced, takeInbox } from "./enter-results.ts";
import type { PlanRun } from "./plan-run.ts";

/** How a run of the plan takes up what the one before has left. */
type PlanWorkflow = (
	input: PlanRunInput,
	carried: CarriedRun,
) => Promise<unknown>;

/** Whether the history has become so long that a fresh run should go on, and what is not written can go along. */
export function shouldYield(run: PlanRun): boolean {
	return workflowInfo().continueAsNewSuggested && mayContinueAsNew(run);
}

/** As `shouldYield`, in a wait in which runs that began before issue 10 stay whatever comes. */
export function shouldYieldWait(run: PlanRun): boolean {
	return shouldYield(run) && patched("10-waits");
}

/**
 * Goes through a wait that may yield: from there a fresh run goes on, or this one when meanwhile more came
 * than can go along.
 */
export async function throughRuns<T>(
	run: PlanRun,
	writer: DocumentWriter,
	wait: () => Promise<T | "yielded">,
): Promise<T> {
	for (;;) {
		const ended = await wait();
		if (ended !== "yielded") return ended;
		await startFreshRun(run, writer);
	}
}

/** Continues as new with everything that is not yet written; returns when meanwhile more came than travels. */
async function startFreshRun(
	run: PlanRun,
	writer: DocumentWriter,
): Promise<void> {
	await writer.stop();
	await condition(allHandlersFinished);
	takeInbox(run);
	giveUpUnplaced(run, excessUnplaced(run));
	if (!mayContinueAsNew(run) && patched("9-carried")) return writer.goOn();
	await continueAsNew<PlanWorkflow>(run.input, carryRun(run));
}
