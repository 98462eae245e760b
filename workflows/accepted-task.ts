import {
	CancellationScope,
	patched,
	sleep,
	workflowInfo,
} from "@temporalio/workflow";
import { type PlanRun, wake } from "./plan-run.ts";

/** Length of the history when the workflow task at hand began in which a command last decided something. */
let decidedAt: number | undefined;

/**
 * A command that comes as an update has decided something. Temporal knows of it only once this workflow
 * task is accepted; were the task lost, the command would come again, later, or never. Until then nothing
 * may show it: local activities, which run before, wait. All others are asked for by the task itself.
 */
export function noteDecision(): void {
	decidedAt = workflowInfo().historyLength;
}

/** Whether a command has decided something in the workflow task at hand. */
export function isDecisionOpen(): boolean {
	const { historyLength } = workflowInfo();
	return decidedAt === historyLength && patched("10-accepted-task");
}

/** Ends the workflow task at hand: when the timer fires it has been accepted. */
export async function untilTaskAccepted(): Promise<void> {
	await sleep(1);
}

/** Runs of a former build have waited by themselves as well, after an approval and with the tickets of a rerun. */
function waitedTwice(patch: "10-rerun-first" | "10-approval-first"): boolean {
	return !patched("10-one-wait") && patched(patch);
}

/** What such runs did after an approval. */
export async function waitAfterApproval(): Promise<void> {
	if (waitedTwice("10-approval-first")) await inAnyCase(untilTaskAccepted);
}

/** What such runs did with the tickets of a rerun. */
export function holdForRerun(run: PlanRun): void {
	if (!waitedTwice("10-rerun-first")) return;
	run.unacceptedCount += 1;
	void inAnyCase(untilTaskAccepted).then(() => {
		run.unacceptedCount -= 1;
		wake(run);
	});
}

async function inAnyCase(work: () => Promise<void>): Promise<void> {
	await CancellationScope.nonCancellable(work);
}
