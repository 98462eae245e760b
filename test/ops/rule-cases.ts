/** Series by name and labels, with values a minute apart in promtool's notation. */
export type Series = Readonly<Record<string, string>>;

export interface RuleCase {
	/** What is otherwise than when all is well. */
	series: Series;
	/** Alerts that fire beside it. */
	also?: string[];
}

const completed = (status: string) =>
	`orchestration_workflows_completed_total{status="${status}"}`;
const validations = (result: string) =>
	`orchestration_opa_validations_total{result="${result}"}`;
const opaErrors = (error_type: string) =>
	`orchestration_opa_evaluation_errors_total{error_type="${error_type}"}`;
const opaSeconds = (le: string) =>
	`orchestration_opa_validation_duration_seconds_bucket{le="${le}"}`;
const lookups = (result: string) =>
	`orchestration_opa_cache_lookups_total{result="${result}"}`;
const component = (name: string) =>
	`orchestration_component_up{component="${name}"}`;
const budget = (name: string) =>
	`orchestration_sla_budget_${name}{service_name="o",slo_id="plans-in-time"}`;
const burn = (hours: string) =>
	`orchestration_sla_burn_rate{service_name="o",slo_id="plans-in-time",window_hours="${hours}"}`;
const requests = (status: string) =>
	`orchestration_http_request_duration_seconds_count{status="${status}"}`;
const allocations = (fallback: string) =>
	`orchestration_scheduler_allocations_total{fallback="${fallback}"}`;
const BURST = 'orchestration_burst_capacity_tickets_total{task_type="BUILD"}';
const rejections = (severity: string) =>
	`orchestration_opa_policy_rejections_total{policy_name="p",rule="r",severity="${severity}"}`;
const paused = (reason: string) =>
	`orchestration_intake_paused{topic="plans.consensus",reason="${reason}"}`;
const undone = (status: string) =>
	`orchestration_compensations_executed_total{status="${status}"}`;
const verified = (result: string) =>
	`orchestration_audit_verifications_total{result="${result}"}`;
const LAG =
	'orchestration_kafka_consumer_lag{topic="plans.consensus",partition="0",consumer_group="g"}';
const LETTERS =
	'orchestration_dead_letters_open{topic="plans.consensus.dlq",reason="LATE"}';
const APPROACHING =
	'orchestration_sla_alerts_sent_total{event_type="ALERT",alert_type="DEADLINE_APPROACHING"}';
const HEALTHY = 'orchestration_workers_known{status="HEALTHY"}';
const SLOTS =
	'temporal_worker_task_slots_available{instance="a",worker_type="WorkflowWorker"}';

const verdicts = (rule: string, action: string) =>
	`orchestration_rollout_verdicts_total{rule="${rule}",action="${action}"}`;
const FEATURE_OFF = 'orchestration_feature_disabled{feature="embedded_policy"}';
const LEARNED = "orchestration_ml_learned_until_timestamp_seconds";
const LOOKED = "orchestration_rollout_looked_timestamp_seconds";

const predicted = (source: string) =>
	`orchestration_ml_predictions_total{source="${source}"}`;
const ERRORS = 'orchestration_ml_prediction_error_sum{task_type="BUILD"}';
const ACTUAL =
	'orchestration_ml_actual_duration_seconds_total{task_type="BUILD"}';
const alarms = (verdict: string) =>
	`orchestration_ml_anomaly_alarms_total{task_type="BUILD",verdict="${verdict}"}`;
const UNUSUAL =
	'orchestration_ml_anomalies_detected_total{anomaly_type="duration_outlier"}';
const DRIFTS = 'orchestration_ml_drift_status{task_type="BUILD"}';
const LONGER = 'orchestration_ml_drift_score{task_type="BUILD"}';
const UNLOADED = 'orchestration_ml_model_load_errors_total{alias="champion"}';
const trainings = (status: string) =>
	`orchestration_ml_training_jobs_total{status="${status}",trigger="schedule"}`;

/** Two hours in which nothing is wrong, and something goes on. */
export const allIsWell: Series = {
	[completed("SUCCESS")]: "0+50x120",
	[completed("FAILED")]: "0+1x120",
	orchestration_oldest_progress_age_seconds: "30x120",
	orchestration_plans_stuck: "0x120",
	orchestration_plans_inconsistent_total: "0x120",
	[undone("completed")]: "0+1x120",
	[undone("failed")]: "0x120",
	[verified("intact")]: "0+10x120",
	[verified("discrepancy")]: "0x120",
	[LAG]: "1500x120",
	[LETTERS]: "2x120",
	[paused("temporal-away")]: "0x120",
	// Somebody stopped intake, and knows.
	[paused("stopped")]: "1x120",
	neural_hive_flow_c_telemetry_buffer_size: "0x120",
	[budget("remaining_percent")]: "80x120",
	[budget("status")]: "0x120",
	// One window of each pair burns.
	[burn("0.08")]: "1x120",
	[burn("0.5")]: "1x120",
	[burn("1")]: "15x120",
	[burn("6")]: "7x120",
	orchestration_sla_violations_total: "0+1x120",
	[APPROACHING]: "0+1x120",
	orchestration_sla_monitor_errors_total: "0x120",
	orchestration_sla_watch_lag_seconds: "2x120",
	[validations("allowed")]: "0+100x120",
	[validations("denied")]: "0+1x120",
	[validations("undecided")]: "0x120",
	[validations("unchecked")]: "0x120",
	[opaErrors("connection")]: "0x120",
	[opaErrors("timeout")]: "0+1x120",
	[rejections("high")]: "0+1x120",
	[opaSeconds("0.01")]: "0+100x120",
	[opaSeconds("0.25")]: "0+100x120",
	[opaSeconds("+Inf")]: "0+100x120",
	orchestration_opa_circuit_breaker_state: "0x120",
	[lookups("hit")]: "0+100x120",
	[lookups("miss")]: "0+20x120",
	[HEALTHY]: "4x120",
	orchestration_worker_view_age_seconds: "3x120",
	[allocations("False")]: "0+100x120",
	[allocations("True")]: "0+1x120",
	[BURST]: "0+1x120",
	[component("temporal")]: "1x120",
	[component("mongodb")]: "1x120",
	[SLOTS]: "90x120",
	'up{instance="a"}': "1x120",
	'orchestration_build_info{instance="a"}': "1x120",
	[requests("200")]: "0+100x120",
	[requests("503")]: "0+1x120",
	'orchestration_rollout_weight{arm="candidate"}': "25x120",
	[LOOKED]: "0+60x120",
	[FEATURE_OFF]: "0x120",
	orchestration_rollout_paused_seconds: "0x120",
	[verdicts("R7", "stay")]: "0+30x120",
	[verdicts("SRM", "pause")]: "0x120",
	[verdicts("R1", "rollback")]: "0x120",
	[predicted("model")]: "0+100x120",
	[predicted("estimate")]: "0+10x120",
	[predicted("fallback")]: "0+1x120",
	// 30 % of a minute each, as in the back-test.
	[ERRORS]: "0+18000x120",
	[ACTUAL]: "0+60x120",
	'orchestration_ml_model_accuracy{metric_type="mae_share"}': "0.3x120",
	[UNUSUAL]: "0+2x120",
	[alarms("right")]: "0+9x120",
	[alarms("false")]: "0+1x120",
	[DRIFTS]: "0x120",
	[LONGER]: "0x120",
	[UNLOADED]: "0x120",
	[trainings("promoted")]: "1x120",
	[trainings("failed")]: "0x120",
	[LEARNED]: "0+60x120",
};

/** What is unusual and no reason for an alert, also after two hours. */
export const quietCases: Readonly<Record<string, Series>> = {
	"a peak hour in a calm day": {
		[allocations("False")]: "0+500x40 20000+100x80",
		[BURST]: "0x40 0+8x80",
	},
};

/** For each alert what must be wrong for it to fire, an hour after the beginning. */
export const ruleCases: Readonly<Record<string, RuleCase>> = {
	PlansFailing: { series: { [completed("FAILED")]: "0+10x120" } },
	PlansWithoutProgress: {
		series: { orchestration_oldest_progress_age_seconds: "0+120x120" },
	},
	PlansStuck: { series: { orchestration_plans_stuck: "0x50 1x70" } },
	PlanStateInconsistent: {
		series: { orchestration_plans_inconsistent_total: "0x50 1x70" },
	},
	CompensationFailing: { series: { [undone("failed")]: "0x50 1x70" } },
	AuditTrailBroken: { series: { [verified("discrepancy")]: "0x50 1x70" } },
	ConsumerLagGrowing: { series: { [LAG]: "1500+10x120" } },
	DeadLettersGrowing: { series: { [LETTERS]: "_x50 1x70" } },
	IntakePaused: { series: { [paused("temporal-away")]: "0x40 1x80" } },
	TelemetryBuffering: {
		series: { neural_hive_flow_c_telemetry_buffer_size: "0x40 4x80" },
	},
	SLABudgetCritical: {
		series: {
			[budget("remaining_percent")]: "15x120",
			[budget("status")]: "2x120",
		},
	},
	SLABudgetExhausted: {
		series: {
			[budget("remaining_percent")]: "5x120",
			[budget("status")]: "3x120",
		},
		also: ["SLABudgetCritical"],
	},
	SLABudgetUnknown: {
		series: {
			[budget("remaining_percent")]: "_x120",
			[budget("status")]: "-1+0x120",
		},
	},
	SLAHighBurnRate: { series: { [burn("0.08")]: "0x50 16x70" } },
	SLABurnRateElevated: { series: { [burn("0.5")]: "0x40 7x80" } },
	SLAViolationRate: {
		series: { orchestration_sla_violations_total: "0+6x120" },
	},
	SLADeadlinesApproaching: { series: { [APPROACHING]: "0+5x120" } },
	SLAWatchBlind: {
		series: { orchestration_sla_watch_lag_seconds: "0x50 300x70" },
	},
	OPAUndecided: { series: { [validations("undecided")]: "0x50 0+1x70" } },
	OPAUnavailable: { series: { [opaErrors("connection")]: "0x50 0+1x70" } },
	OPAHighErrorRate: { series: { [opaErrors("timeout")]: "0+20x120" } },
	OPAHighRejectionRate: { series: { [validations("denied")]: "0+20x120" } },
	OPACriticalPolicyViolations: {
		series: { [rejections("critical")]: "_x57 1x62" },
	},
	OPAHighLatency: { series: { [opaSeconds("0.01")]: "0+1x120" } },
	OPACircuitBreakerOpen: {
		series: { orchestration_opa_circuit_breaker_state: "0x50 2x70" },
	},
	OPALowCacheHitRate: { series: { [lookups("miss")]: "0+200x120" } },
	OPAFailOpen: { series: { [validations("unchecked")]: "0x50 1x70" } },
	NoHealthyWorkers: { series: { [HEALTHY]: "4x50 0x70" } },
	RegistryStale: {
		series: { orchestration_worker_view_age_seconds: "0+60x120" },
	},
	SchedulerFallbackRateHigh: { series: { [allocations("True")]: "0+20x120" } },
	BurstShareHigh: { series: { [BURST]: "0+20x120" } },
	TemporalUnreachable: { series: { [component("temporal")]: "1x50 0x70" } },
	WorkerSlotsGone: { series: { [SLOTS]: "90x50 0x70" } },
	ServiceDown: { series: { 'up{instance="a"}': "1x50 0x70" } },
	ComponentDown: { series: { [component("mongodb")]: "1x50 0x70" } },
	RolloutCandidateWorse: {
		series: { [verdicts("R1", "rollback")]: "0x50 1x70" },
	},
	FeatureSwitchedOff: { series: { [FEATURE_OFF]: "0x50 1x70" } },
	RolloutPausedLong: {
		series: { orchestration_rollout_paused_seconds: "0+120x120" },
	},
	RolloutSplitMismatch: {
		series: { [verdicts("SRM", "pause")]: "0x50 0+30x70" },
	},
	RolloutControllerStopped: { series: { [LOOKED]: "0+60x50 3000x70" } },
	FlowCMLDriftCritical: {
		series: { [LONGER]: "-40x120", [DRIFTS]: "1x120" },
		also: ["FlowCMLFeatureDriftSignificant"],
	},
	FlowCMLFeatureDriftSignificant: { series: { [DRIFTS]: "1x120" } },
	FlowCMLHighAnomalyRate: { series: { [UNUSUAL]: "0+20x120" } },
	FlowCMLAnomalyDetectorDegraded: { series: { [alarms("false")]: "0+9x120" } },
	FlowCMLDurationPredictionInaccurate: {
		series: { [ERRORS]: "0+36000x120" },
	},
	FlowCMLPredictionErrorsHigh: {
		series: { [predicted("fallback")]: "0+100x120" },
	},
	MLModelLoadFailure: { series: { [UNLOADED]: "0x55 1x65" } },
	MLTrainingFailed: { series: { [trainings("failed")]: "0x50 1x70" } },
	MLLearningBehind: {
		series: { [LEARNED]: "60x120" },
	},
	RequestsFailing: { series: { [requests("503")]: "0+20x120" } },
};
