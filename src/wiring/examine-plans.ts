import type { Config } from "../config.ts";
import { checkPlans } from "../doctor/check-plans.ts";
import type { Examination } from "../doctor/run-doctor.ts";
import { inspectPlans } from "../storage/inspect-plans.ts";
import { inspectRuns } from "../temporal/inspect-runs.ts";
import { orphanWatchId } from "../temporal/workflow-ids.ts";
import { serverNames } from "./server-names.ts";

/** Keeps the check within some seconds. */
const MAX_PLANS = 200;

/** Whether open plans that have not moved for long can go on. */
export function examinePlans(config: Config): Examination {
	const { namespace, taskQueue } = config.temporal;
	return {
		name: "plans",
		server: serverNames(config).mongodb,
		async look() {
			const nowMs = Date.now();
			const { planIds, ...quiet } = await inspectPlans(config.mongodb, {
				watchId: orphanWatchId(taskQueue),
				beforeMs: nowMs - config.orphanWatch.quietMs,
				limit: MAX_PLANS,
			});
			const runs = await inspectRuns(config.temporal, namespace, planIds);
			return checkPlans({ ...quiet, ...runs, asked: planIds.length }, nowMs);
		},
	};
}
