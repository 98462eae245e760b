import type { PlanRuns } from "../../activities/watch-orphans.ts";
import { readLastWords, startClosing } from "./close-ended-run.ts";
import { examineRun } from "./examine-run.ts";
import type { PlanClientOptions } from "./plan-client.ts";
import { createTemporalCalls } from "./temporal-calls.ts";

const CALL_TIMEOUT_MS = 5_000;

/** What the watch over orphans asks of plans' runs. */
export function createOrphanRuns({
	client,
	taskQueue,
	callTimeoutMs = CALL_TIMEOUT_MS,
}: PlanClientOptions): PlanRuns {
	const calls = createTemporalCalls({ client, callTimeoutMs });
	return {
		examine: (planId) => examineRun(calls, planId),
		close: (run) => startClosing(calls, taskQueue, run),
		readLastWords: (run) => readLastWords(calls, run),
	};
}
