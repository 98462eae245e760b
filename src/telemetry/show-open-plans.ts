import type { OpenPlansSummary } from "../domain/open-plans.ts";
import type { Metrics } from "./metrics.ts";

/** Shows what is open now; what is no more is shown no more. */
export function showOpenPlans(
	metrics: Pick<
		Metrics,
		| "plansOpen"
		| "workflowsActive"
		| "oldestProgressAgeSeconds"
		| "slaRemainingSeconds"
		| "slaOverduePlans"
	>,
	summary: OpenPlansSummary,
): void {
	metrics.plansOpen.reset();
	metrics.slaRemainingSeconds.reset();
	metrics.slaOverduePlans.reset();
	metrics.workflowsActive.set(summary.working);
	metrics.oldestProgressAgeSeconds.set(summary.oldestProgressAgeSeconds);
	for (const { count, ...labels } of summary.counts)
		metrics.plansOpen.set(labels, count);
	for (const { risk_band, overdue, remaining } of summary.deadlines) {
		metrics.slaOverduePlans.set({ risk_band }, overdue);
		for (const { quantile, seconds } of remaining)
			metrics.slaRemainingSeconds.set({ risk_band, quantile }, seconds);
	}
}
