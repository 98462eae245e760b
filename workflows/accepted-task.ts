import {
	CancellationScope,
	patched,
	sleep,
	workflowInfo,
} from "@temporalio/workflow";
import type { LocalTurns } from "./local-turns.ts";
import { notify, type PlanRun } from "./run-state.ts";

/**
 * A command that came as an update has decided something. Temporal knows of it only once this workflow task
 * is accepted; if the task is lost, the command comes again, later, or never. Until then nothing may show the
 * decision: local activities, which run inside the task, wait. The task itself asks for all other activities.
 */
export function noteDecision(turns: LocalTurns): void {
	turns.decidedAt = workflowInfo().historyLength;
}

/** Whether a command has decided something in the workflow task at hand. */
export function isDecisionOpen({ decidedAt }: LocalTurns): boolean {
	const { historyLength } = workflowInfo();
	return decidedAt === historyLength && patched("10-accepted-task");
}

/** So long the local activities of one workflow task may take together. */
const MAX_LOCAL_MS = 2_000;

/** Notes that the workflow task at hand runs a local activity. */
export function noteLocal(turns: LocalTurns): void {
	const { historyLength } = workflowInfo();
	if (turns.task?.historyLength !== historyLength)
		turns.task = { historyLength, sinceMs: Date.now() };
}

/**
 * Whether the workflow task at hand should end before it runs another local activity. After eight seconds Temporal's
 * SDK replaces the task by a new one. What ends at that moment stands in the old task, but the workflow is told of it
 * in the new one, together with what else has come. A replay tells it in the old one, so that another thing goes
 * first, and no worker can take the run over.
 */
export function isTaskLong({ task }: LocalTurns): boolean {
	return (
		task?.historyLength === workflowInfo().historyLength &&
		Date.now() - task.sinceMs >= MAX_LOCAL_MS &&
		patched("16-short-tasks")
	);
}

/** Ends the current workflow task: when the timer fires, Temporal has accepted it. */
export async function untilTaskAccepted(): Promise<void> {
	await sleep(1);
}

/** Runs of a former build also waited after an approval and with the tickets of a rerun. */
function waitedTwice(patch: "10-rerun-first" | "10-approval-first"): boolean {
	return !patched("10-one-wait") && patched(patch);
}

/** The wait of such runs after an approval. */
export async function waitAfterApproval(): Promise<void> {
	if (waitedTwice("10-approval-first")) await inAnyCase(untilTaskAccepted);
}

/** The wait of such runs with the tickets of a rerun. */
export function holdForRerun(run: PlanRun): void {
	if (!waitedTwice("10-rerun-first")) return;
	run.unacceptedCount += 1;
	void inAnyCase(untilTaskAccepted).then(() => {
		run.unacceptedCount -= 1;
		notify(run);
	});
}

async function inAnyCase(work: () => Promise<void>): Promise<void> {
	await CancellationScope.nonCancellable(work);
}
