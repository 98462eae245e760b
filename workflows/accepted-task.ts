import { CancellationScope, patched, sleep } from "@temporalio/workflow";
import { type PlanRun, wake } from "./plan-run.ts";

/**
 * Resolves in a later workflow task, so that what this one has decided is in the history by then. A command
 * whose workflow task is lost comes again, later, or never: nothing may have gone out for it.
 */
export async function untilTaskAccepted(): Promise<void> {
	await CancellationScope.nonCancellable(() => sleep(1));
}

/** Holds the tickets back until what asked for them is in the history: no result of theirs is older then. */
export function holdUntilAccepted(run: PlanRun): void {
	// Runs of earlier releases have published at once.
	if (!patched("10-rerun-first")) return;
	run.unacceptedCount += 1;
	void untilTaskAccepted().then(() => {
		run.unacceptedCount -= 1;
		wake(run);
	});
}
