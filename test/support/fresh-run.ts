import { randomBytes, randomUUID } from "node:crypto";
import type { WorkflowHandle } from "@temporalio/client";
import { eventually } from "./eventually.ts";
import { report, resultOf } from "./plan-world.ts";

/** From 4 MB on Temporal suggests a fresh run, with the next workflow task. */
const SUGGESTING_BYTES = 5 * 1_048_576;
/** The server ends a workflow task while which more than 2 MB of signals came. */
const RESULTS_AT_ONCE = 100;

/** Sends results of no ticket until the history is so long that a fresh run goes on. */
export async function untilFreshRun(handle: WorkflowHandle): Promise<void> {
	const { runId } = await handle.describe();
	await eventually(async () => {
		const run = await handle.describe();
		if (run.runId !== runId) return true;
		const isBusy = (run.raw.pendingWorkflowTask ?? null) !== null;
		if (isBusy || (run.historySize ?? 0) > SUGGESTING_BYTES) return false;
		const results = Array.from({ length: RESULTS_AT_ONCE }, () =>
			resultOf(randomUUID(), "COMPLETED", {
				output: { log: randomBytes(3_000).toString("base64") },
			}),
		);
		await report(handle, results);
		return false;
	}, 120_000);
}
