import type { PurgeDeps } from "../../activities/purge-records.ts";
import type { PlanRuns } from "../../activities/watch-orphans.ts";
import { readLastWords, startClosing } from "./close-ended-run.ts";
import { examineRun } from "./examine-run.ts";
import type { PlanClientOptions } from "./plan-client.ts";
import { readStart } from "./read-start.ts";
import { describeRun } from "./start-plan.ts";
import { createTemporalCalls } from "./temporal-calls.ts";
import { planWorkflowId } from "./workflow-ids.ts";

const CALL_TIMEOUT_MS = 5_000;

/** The calls of the orphan watch and of the retention to plans' runs. */
export function createOrphanRuns({
	client,
	taskQueue,
	callTimeoutMs = CALL_TIMEOUT_MS,
}: PlanClientOptions): PlanRuns & PurgeDeps["runs"] {
	const calls = createTemporalCalls({ client, callTimeoutMs });
	return {
		examine: (planId) => examineRun(calls, planId),
		close: (run) => startClosing(calls, taskQueue, run),
		readLastWords: (run) => readLastWords(calls, run),
		readStart: (run) => readStart(calls, run),
		isKept: async (planId) =>
			(await describeRun(calls, planWorkflowId(planId))) !== undefined,
	};
}
