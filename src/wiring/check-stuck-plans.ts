import { REPORT_LIFETIME_MS } from "../domain/orphan-watch.ts";
import { hasCode } from "../errors.ts";
import type { OrphanPlans } from "../storage/orphan-plans.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** Throws while the newest report of orphan-watch has plans that cannot go on. */
export async function checkStuckPlans({
	orphans,
	metrics,
}: {
	orphans: Pick<OrphanPlans, "readReport">;
	metrics: Pick<Metrics, "plansStuck">;
}): Promise<void> {
	const report = await orphans.readReport().catch((error: unknown) => {
		// An outage of MongoDB is another component's check.
		if (hasCode(error, "STORE_UNAVAILABLE")) return undefined;
		throw error;
	});
	const isFresh =
		report !== undefined && Date.now() - report.at < REPORT_LIFETIME_MS;
	const count = isFresh ? report.stuck_count : 0;
	if (isFresh) metrics.plansStuck.set(count);
	// Nobody looks any more, so nobody knows.
	else metrics.plansStuck.remove();
	if (count > 0)
		throw new Error(
			`the workflow task of ${count} ${count === 1 ? "plan" : "plans"} fails again and again: the workers' logs name them, and GET /api/v1/plans/{plan_id}/why says more`,
		);
}
