import { proxyActivities } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";
import type {
	OrphanReport,
	QuietPlan,
	QuietPlansQuery,
	StuckPlan,
} from "../src/domain/orphan-watch.ts";

/** A plan that moved within this time has a run that works. */
const QUIET_MS = 300_000;
const PAGE = 400;
/** 40,000 plans a time; the longest quiet ones go first. */
const MAX_PAGES = 100;
/** A report names at most so many plans; `stuck_count` is the number of all. */
const MAX_NAMED = 100;

// One try a look: the schedule comes again.
const { findQuietPlans, examinePlans, keepOrphanReport } =
	proxyActivities<Activities>({
		startToCloseTimeout: "5m",
		heartbeatTimeout: "10s",
		retry: { maximumAttempts: 1 },
	});

/**
 * Run by a schedule: looks at every open plan that has not moved for five minutes, closes those whose runs
 * were ended from outside, and reports those whose runs cannot work.
 */
export async function watchOrphans(
	quietMs: number = QUIET_MS,
): Promise<OrphanReport & { closed: number }> {
	const nowMs = Date.now();
	const stuck: StuckPlan[] = [];
	let closed = 0;
	let after: QuietPlansQuery["after"] = null;
	for (let page = 0; page < MAX_PAGES; page += 1) {
		const plans: QuietPlan[] = await findQuietPlans({
			beforeMs: nowMs - quietMs,
			after,
			limit: PAGE,
		});
		const last = plans.at(-1);
		if (last === undefined) break;
		const found = await examinePlans(plans.map(({ plan_id }) => plan_id));
		stuck.push(...found.stuck);
		closed += found.closed;
		if (plans.length < PAGE) break;
		const { workflow_id, last_progress_at } = last;
		after = { workflow_id, last_progress_at };
	}
	const report = {
		at: nowMs,
		stuck_count: stuck.length,
		stuck: stuck.slice(0, MAX_NAMED),
	};
	await keepOrphanReport(report);
	return { ...report, closed };
}
