import { openPlanStatuses } from "../../domain/plan-run.ts";
import { counter, gauge, histogram, lookedAt } from "../declare.ts";
import { bands, endStatuses, versions } from "./label-values.ts";

const PLAN_BUCKETS = [
	1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 14_400, 86_400,
];
const STEP_BUCKETS = [
	0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3600,
];
const REACTION_BUCKETS = [
	0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
];
const COMPENSATION_BUCKETS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 600];
const orchestrator_version = versions;
const risk_band = bands;
const endings = ["TERMINATED", "TIMED_OUT", "FAILED", "CANCELLED"] as const;

/** Plans, from their start to their end. */
export const planMetrics = {
	workflowsStarted: counter(
		"orchestration_workflows_started_total",
		"Plans whose workflow began to work, by the status it began in.",
		{ status: ["RUNNING"], risk_band, orchestrator_version },
	),
	workflowsCompleted: counter(
		"orchestration_workflows_completed_total",
		"Plans that reached a final status, once for each time they were run again.",
		{ status: endStatuses, risk_band, orchestrator_version },
	),
	workflowDurationSeconds: histogram(
		"orchestration_workflow_duration_seconds",
		"Time from a plan's start, or from its newest rerun after an end, to its final status.",
		PLAN_BUCKETS,
		{ status: endStatuses, risk_band, orchestrator_version },
	),
	stepDurationSeconds: histogram(
		"neural_hive_flow_c_steps_duration_seconds",
		"Time a plan spent in each of its steps; the waits between the batches of C3 and C4 are not in it.",
		STEP_BUCKETS,
		{ step: ["C1", "C2", "C3", "C4", "C5", "C6"], orchestrator_version },
	),
	workflowsActive: lookedAt(
		"orchestration_workflows_active",
		"Plans in VALIDATING, RUNNING and COMPENSATING, when the role worker last counted them.",
	),
	plansOpen: gauge(
		"orchestration_plans_open",
		"Open plans by status and tenant, when the role worker last counted them: the 20 largest tenants, then `other`.",
		{ status: openPlanStatuses, tenant: "ours" },
	),
	oldestProgressAgeSeconds: lookedAt(
		"orchestration_oldest_progress_age_seconds",
		"Since when the plan that has waited longest (VALIDATING, RUNNING, COMPENSATING) has made no progress.",
	),
	plansStuck: lookedAt(
		"orchestration_plans_stuck",
		"Plans whose workflow task fails again and again, by the newest look of orphan-watch that this process knows.",
	),
	runsEnded: counter(
		"orchestration_plan_runs_ended_total",
		"Plans closed because their run was ended from outside, by how.",
		{ ending: endings },
	),
	plansInconsistent: counter(
		"orchestration_plans_inconsistent_total",
		"Faults of ours: plans whose state broke a law that it should keep; the log has which.",
	),
	auditVerifications: counter(
		"orchestration_audit_verifications_total",
		"Audit trails of plans that ended a short time ago, verified by the role worker; a discrepancy means that a record was changed or is missing.",
		{ result: ["intact", "discrepancy"] },
	),
	planValidations: counter(
		"orchestration_plan_validations_total",
		"C1: plans validated.",
		{ result: ["valid", "invalid"], orchestrator_version },
	),
	decisionToTicketsSeconds: histogram(
		"orchestration_decision_to_tickets_seconds",
		"Time from a decision's record to the first confirmed publication of its tickets.",
		REACTION_BUCKETS,
		{ orchestrator_version },
	),
	compensationsTriggered: counter(
		"orchestration_compensations_triggered_total",
		"Plans whose compensation began, by how they had ended.",
		{ reason: endStatuses, orchestrator_version },
	),
	compensationsExecuted: counter(
		"orchestration_compensations_executed_total",
		"Compensation tickets that ended.",
		{
			reason: endStatuses,
			status: ["completed", "failed"],
			orchestrator_version,
		},
	),
	compensationDurationSeconds: histogram(
		"orchestration_compensation_duration_seconds",
		"Time a plan's compensation took; failed: a ticket of it did.",
		COMPENSATION_BUCKETS,
		{ reason: endStatuses, status: ["completed", "failed"] },
	),
	telemetryFrames: counter(
		"orchestration_telemetry_frames_total",
		"C6: telemetry frames; drained: published later, from the buffer.",
		{ outcome: ["published", "buffered", "drained"] },
	),
	telemetryBufferSize: lookedAt(
		"neural_hive_flow_c_telemetry_buffer_size",
		"Telemetry frames that wait in MongoDB because Kafka was away.",
	),
};
