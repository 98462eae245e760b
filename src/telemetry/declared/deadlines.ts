import {
	alertEvents,
	alertTypes,
	severities,
} from "../../../schemas/sla-alert.ts";
import { counter, gauge, histogram, lookedAt } from "../declare.ts";
import { bands, taskTypes } from "./label-values.ts";
import { STORE_BUCKETS } from "./stores.ts";

const risk_band = bands;
const budget = { service_name: "ours", slo_id: "ours" } as const;

/** Deadlines and error budgets. */
export const deadlineMetrics = {
	slaAlertsSent: counter(
		"orchestration_sla_alerts_sent_total",
		"Alerts on sla.alerts.",
		{ event_type: alertEvents, alert_type: alertTypes, severity: severities },
	),
	slaAlertsDeduplicated: counter(
		"orchestration_sla_alert_deduplication_hits_total",
		"Alerts not repeated, because the same was sent a short time ago.",
	),
	slaViolations: counter(
		"orchestration_sla_violations_total",
		"Times that tickets and plans (task_type plan) did not keep.",
		{ risk_band, task_type: [...taskTypes, "plan"] },
	),
	slaViolationsPublished: counter(
		"orchestration_sla_violations_published_total",
		"Violations on sla.violations.",
		{ violation_type: ["DEADLINE_EXCEEDED", "TIMEOUT"] },
	),
	slaRemainingSeconds: gauge(
		"orchestration_sla_remaining_seconds",
		"Time to the deadlines of open plans: quantile 0 is the nearest, 0.5 the median; below 0 it has passed. Absent without open plans.",
		{ risk_band, quantile: ["0", "0.1", "0.5"] },
	),
	slaOverduePlans: gauge(
		"orchestration_sla_overdue_plans",
		"Open plans whose deadline has passed.",
		{ risk_band },
	),
	slaComplianceRatio: gauge(
		"orchestration_sla_compliance_ratio",
		"Share of the last 30 days that kept the objective, 0 to 1: for plans-in-time the plans that ended as SUCCESS by their deadline. Absent while it is unknown.",
		budget,
	),
	slaBudgetRemaining: gauge(
		"orchestration_sla_budget_remaining_percent",
		"What is left of an error budget, 0 to 100; absent while it is unknown.",
		budget,
	),
	slaBudgetStatus: gauge(
		"orchestration_sla_budget_status",
		"Of an error budget: 0 HEALTHY, 1 WARNING, 2 CRITICAL, 3 EXHAUSTED, -1 unknown.",
		budget,
	),
	slaBurnRate: gauge(
		"orchestration_sla_burn_rate",
		"How fast an error budget goes, by window in hours; 1: it lasts exactly its 30 days.",
		{ ...budget, window_hours: "ours" },
	),
	slaMonitorErrors: counter(
		"orchestration_sla_monitor_errors_total",
		"Looks at deadlines and budgets that failed.",
		{
			error_type: [
				"workflow_check",
				"cache_error",
				"alert_publish",
				"api_error",
			],
		},
	),
	slaCheckSeconds: histogram(
		"orchestration_sla_check_duration_seconds",
		"Time of one turn of the watch, by what was looked at.",
		STORE_BUCKETS,
		{ check_type: ["workflow", "budget"] },
	),
	slaWatchLagSeconds: lookedAt(
		"orchestration_sla_watch_lag_seconds",
		"How late the latest of the looks was that this process last took.",
	),
};
