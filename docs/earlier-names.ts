// Long because every name of the earlier service that somebody outside may know stands in it.

/** A name of the earlier service, and what became of it: "kept", or words with names of today in backticks. */
export interface EarlierName {
	name: string;
	now: string;
}

/** Lines of `name name ... | what became of them`. */
function read(text: string): EarlierName[] {
	return text
		.trim()
		.split("\n")
		.flatMap((line) => {
			const [names = "", now = ""] = line.split(" | ");
			return names
				.trim()
				.split(" ")
				.map((name) => ({ name, now: now.trim() }));
		});
}

/** Settings whose names still mean what they did; the others are in src/settings/earlier-settings.ts. */
export const keptSettings: readonly string[] = `
SERVICE_NAME SERVICE_VERSION ENVIRONMENT LOG_LEVEL
TEMPORAL_HOST TEMPORAL_PORT TEMPORAL_NAMESPACE TEMPORAL_TASK_QUEUE TEMPORAL_TLS_ENABLED
KAFKA_BOOTSTRAP_SERVERS KAFKA_CONSUMER_GROUP_ID KAFKA_CONSENSUS_TOPIC KAFKA_SECURITY_PROTOCOL KAFKA_SASL_MECHANISM
KAFKA_SASL_USERNAME KAFKA_SASL_PASSWORD KAFKA_SSL_CA_LOCATION KAFKA_SSL_CERTIFICATE_LOCATION KAFKA_SSL_KEY_LOCATION
KAFKA_TICKETS_TOPIC KAFKA_SCHEMA_REGISTRY_URL SCHEMA_REGISTRY_CA_BUNDLE APPROVAL_REQUESTS_TOPIC APPROVAL_RESPONSES_TOPIC
SELF_HEALING_ENGINE_URL SELF_HEALING_TIMEOUT_SECONDS
MONGODB_URI MONGODB_DATABASE MONGODB_MAX_POOL_SIZE REDIS_CLUSTER_NODES REDIS_PASSWORD REDIS_SSL_ENABLED
SERVICE_REGISTRY_HOST SERVICE_REGISTRY_PORT SERVICE_REGISTRY_TIMEOUT_SECONDS SERVICE_REGISTRY_MAX_RESULTS
SERVICE_REGISTRY_CACHE_TTL_SECONDS
ENABLE_INTELLIGENT_SCHEDULER SCHEDULER_PRIORITY_WEIGHTS SCHEDULER_ENABLE_AFFINITY SCHEDULER_AFFINITY_PLAN_WEIGHT
SCHEDULER_AFFINITY_ANTI_WEIGHT SCHEDULER_AFFINITY_INTENT_WEIGHT SCHEDULER_AFFINITY_PLAN_THRESHOLD
SCHEDULER_AFFINITY_ANTI_AFFINITY_RISK_BANDS SCHEDULER_AFFINITY_ANTI_AFFINITY_PRIORITIES
SCHEDULER_ENABLE_PREEMPTION SCHEDULER_PREEMPTION_GRACE_PERIOD_SECONDS SCHEDULER_PREEMPTION_MAX_CONCURRENT
SCHEDULER_PREEMPTION_WORKER_COOLDOWN_SECONDS SCHEDULER_PREEMPTION_RETRY_DELAY_SECONDS
SLA_CHECK_INTERVAL_SECONDS SLA_TICKET_MIN_TIMEOUT_MS SLA_TICKET_TIMEOUT_BUFFER_MULTIPLIER SLA_MANAGEMENT_HOST
SLA_MANAGEMENT_PORT SLA_MANAGEMENT_TIMEOUT_SECONDS SLA_MANAGEMENT_CACHE_TTL_SECONDS SLA_BUDGET_CRITICAL_THRESHOLD
SLA_DEADLINE_WARNING_THRESHOLD SLA_VIOLATIONS_TOPIC SLA_ALERTS_TOPIC SLA_ALERT_DEDUPLICATION_TTL_SECONDS
SLA_PROACTIVE_MONITORING_ENABLED SLA_PROACTIVE_CHECKPOINTS
OTEL_ENABLED OTEL_EXPORTER_ENDPOINT OTEL_SAMPLING_RATE
RETRY_INITIAL_INTERVAL_MS RETRY_BACKOFF_COEFFICIENT RETRY_MAX_INTERVAL_MS
OPA_ENABLED OPA_HOST OPA_PORT OPA_TIMEOUT_SECONDS OPA_RETRY_ATTEMPTS OPA_CACHE_TTL_SECONDS OPA_FAIL_OPEN
OPA_CIRCUIT_BREAKER_ENABLED OPA_CIRCUIT_BREAKER_FAILURE_THRESHOLD OPA_CIRCUIT_BREAKER_RESET_TIMEOUT
OPA_POLICY_RESOURCE_LIMITS OPA_POLICY_SLA_ENFORCEMENT OPA_POLICY_FEATURE_FLAGS OPA_POLICY_SECURITY_CONSTRAINTS
OPA_SECURITY_ENABLED OPA_ALLOWED_TENANTS OPA_RBAC_ROLES OPA_TENANT_RATE_LIMITS OPA_GLOBAL_RATE_LIMIT
OPA_DEFAULT_TENANT_RATE_LIMIT OPA_MAX_CONCURRENT_TICKETS OPA_ALLOWED_CAPABILITIES
OPA_INTELLIGENT_SCHEDULER_ENABLED OPA_BURST_CAPACITY_ENABLED OPA_BURST_THRESHOLD OPA_PREDICTIVE_ALLOCATION_ENABLED
OPA_AUTO_SCALING_ENABLED OPA_SCHEDULER_NAMESPACES OPA_PREMIUM_TENANTS
ML_PREDICTIONS_ENABLED ML_TRAINING_WINDOW_DAYS ML_TRAINING_INTERVAL_HOURS ML_MIN_TRAINING_SAMPLES
ML_TRAINING_JOB_TIMEOUT_SECONDS ML_TRAINING_JOB_MEMORY_LIMIT ML_DURATION_ERROR_THRESHOLD ML_RETRAINING_TRIGGERS_ENABLED
ML_DATA_VOLUME_TRIGGER_THRESHOLD ML_DRIFT_DETECTION_ENABLED ML_SHADOW_MODE_ENABLED ML_SHADOW_MODE_MIN_PREDICTIONS
ML_MODEL_CACHE_TTL_SECONDS ML_AUDIT_RETENTION_DAYS ML_ALLOCATION_OUTCOMES_ENABLED ML_ALLOCATION_OUTCOMES_TOPIC
MLFLOW_TRACKING_URI MLFLOW_EXPERIMENT_NAME`
	.trim()
	.split(/\s+/);

export const topics = read(`
plans.consensus execution.tickets execution.results execution.tickets.dlq | kept
orchestration.incidents telemetry.orchestration sla.alerts sla.violations | kept
cognitive-plans-approval-requests cognitive-plans-approval-responses | kept
cognitive-plans-approval-dlq | the approval service's own; what we cannot read goes to \`cognitive-plans-approval-responses.dlq\`
telemetry-flow-c | \`telemetry.orchestration\`: one frame a plan, with its steps
ml.allocation_outcomes | kept, with predicted and actual queue and execution times
plans.replanning_requested strategic.adjustments | gone: their calls never worked; \`POST /api/v1/plans/{plan_id}/rerun\` and \`/priority\`
plans-consensus execution-tickets execution-tickets-dlq execution-results orchestration-incidents telemetry-orchestration | declared in the cluster, used by nobody: the names have dots; \`KAFKA_CONSENSUS_TOPIC\` and \`KAFKA_TICKETS_TOPIC\` may name others
execution-tickets-validated remediation-actions strategic-decisions sla.budgets sla.freeze.events | not this service's
`);

export const endpoints = read(`
/health /ready /metrics /health/opa /health/kafka-producer /redis/stats | kept
/health/temporal-activities | \`/ready\` and \`orchestrator doctor\`: a worker that lacks an activity does not start
/health/ml | kept, of the one model there is; load is not forecast
/api/v1/audit/authorizations /api/v1/tickets/{ticket_id} /api/v1/tickets/by-plan/{plan_id} /api/v1/flow-c/status | kept
/api/v1/workflows/{workflow_id} /api/v1/workflows/start /api/v1/workflows/{workflow_id}/query | kept
/api/v1/workflows/{workflow_id}/status /api/v1/workflows/{workflow_id}/signal | kept: the client library called them, and they were not there
/api/v1/ml/train /api/v1/ml/models /api/v1/ml/drift /api/v1/ml/predictions/stats | kept; changes need a reason, and lists stand in an object
/api/v1/ml/audit | its six routes are kept; lists stand in an object
OrchestratorStrategic.AdjustPriorities | \`POST /api/v1/plans/{plan_id}/priority\`
OrchestratorStrategic.RebalanceResources | \`POST /api/v1/workers/{agent_id}/pause\` and the scheduler's own choice
OrchestratorStrategic.PauseWorkflow OrchestratorStrategic.ResumeWorkflow | \`POST /api/v1/plans/{plan_id}/pause\` and \`/resume\`; \`POST /api/v1/stops\` for many
OrchestratorStrategic.TriggerReplanning | \`POST /api/v1/plans/{plan_id}/rerun\`; a new plan is a new decision
OrchestratorStrategic.GetWorkflowStatus | \`GET /api/v1/plans/{plan_id}\`
neural_hive.service_registry.ServiceRegistry | kept, as client and as the role \`registry\`
optimizer_agent.OptimizerAgent | gone: nobody had measured its advice; durations are predicted here
`);

export const collections = read(`
cognitive_ledger execution_tickets workflows validation_audit workflow_results telemetry_buffer authorization_audit | kept
incidents | gone: an incident is part of its plan's documents, and waits durably until Kafka takes it (\`orchestration.incidents\`)
flow_c_executions | gone: nobody wrote it; \`GET /api/v1/flow-c/status\` counts \`workflow_results\`
plan_approvals | the approval service's; who answered what is in \`approval_answers\` and the plan
strategic_adjustments strategic_operations_audit replanning_requests workflow_events | gone: commands and their actors are in \`audit_trail\`
model_audit_log | kept
ml_promotions ml_training_history ml_retraining_triggers | \`model_audit_log\`
ml_feature_baselines ml_drift_reports ml_drift_alerts model_test_datasets ml_prediction_metrics ml_backfill_history model_predictions ml_validation_results ml_validation_alerts | gone: versions with their figures are in \`models\`, with what the learner keeps
shadow_mode_comparisons | gone: the errors of both models are summed up in \`models\`
`);

export const logEvents = read(`
workflow_start_attempt | gone: every attempt ends as one of the next three
workflow_started workflow_start_rejected | the line "decision accepted" with its outcome, and \`orchestration_decisions_total\`
workflow_start_failed | the line "decision cannot be handled" with the error, and a dead letter
`);

/** Metrics whose names are not declared any more, or not yet; the others are kept. */
export const metrics = read(`
circuit_breaker_state mongodb_circuit_breaker_state | \`orchestration_store_away\`
circuit_breaker_failures_total circuit_breaker_trips_total | \`orchestration_store_away\`, counted by \`changes()\`
grpc_jwt_auth_attempts_total grpc_jwt_auth_failures_total neural_hive_service_registry_calls_total neural_hive_service_registry_latency_seconds | \`orchestration_registry_calls_total\`
neural_hive_service_registry_cache_hits_total neural_hive_service_registry_cache_misses_total orchestration_scheduler_discovery_failures_total neural_hive_flow_c_worker_discovery_failures_total neural_hive_flow_c_worker_discovery_duration_seconds | \`orchestration_worker_views_total\`, by where the view of the workers came from
neural_hive_flow_c_workers_discovered_total neural_hive_flow_c_worker_load | \`orchestration_workers_known\`
mongodb_persistence_fail_open_total | gone: nothing that is to be stored is given up
neural_hive_authorization_audit_logged_total neural_hive_authorization_audit_errors_total | \`orchestration_authorization_audit_records_total\`
neural_hive_authorization_audit_query_duration_seconds neural_hive_flow_c_workflow_query_duration_seconds neural_hive_flow_c_workflow_query_failures_total orchestration_workflow_query_total | \`orchestration_http_request_duration_seconds\`
neural_hive_circuit_breaker_initialization_errors_total neural_hive_circuit_breaker_initialization_status neural_hive_component_initialization_total neural_hive_component_initialization_duration_seconds neural_hive_component_initialization_status neural_hive_kafka_producer_config_validation_errors_total neural_hive_temporal_activity_registration_errors_total | gone: a process whose part does not start says why and ends; \`/ready\` and \`orchestrator doctor\` tell
neural_hive_flow_c_assignment_duration_seconds | \`orchestration_scheduler_allocation_duration_seconds\`
neural_hive_flow_c_assignment_failures_total neural_hive_flow_c_tickets_assigned_total orchestration_fallback_stub_activations_total | \`orchestration_scheduler_allocations_total\`
neural_hive_flow_c_consumer_messages_total neural_hive_flow_c_consumer_errors_total | \`orchestration_decisions_total\`
neural_hive_flow_c_consumer_lag | \`orchestration_kafka_consumer_lag\`
neural_hive_flow_c_duration_seconds | \`orchestration_workflow_duration_seconds\`
neural_hive_flow_c_success_total neural_hive_flow_c_failures_total | \`orchestration_workflows_completed_total\`
neural_hive_flow_c_sla_violations_total | \`orchestration_sla_violations_total\`
neural_hive_flow_c_execution_duration_seconds | \`orchestration_scheduler_executions_total\` and the timeline of each plan
neural_hive_flow_c_tickets_completed_total neural_hive_flow_c_tickets_failed_total | \`orchestration_tickets_completed_total\`
neural_hive_flow_c_telemetry_published_total neural_hive_flow_c_telemetry_flush_success_total neural_hive_flow_c_telemetry_buffer_drops_total | \`orchestration_telemetry_frames_total\`; a frame is never dropped
neural_hive_flow_c_ticket_schema_version_total neural_hive_flow_c_ticket_validation_failures_total | gone: tickets are made here, by one schema
neural_hive_kafka_partition_messages_total neural_hive_kafka_partition_bytes_total neural_hive_kafka_partition_distribution neural_hive_kafka_hot_partition_detected_total | \`orchestration_kafka_messages_produced_total\`
neural_hive_orchestrator_affinity_hits_total neural_hive_orchestrator_affinity_misses_total neural_hive_orchestrator_affinity_score neural_hive_orchestrator_anti_affinity_enforced_total neural_hive_orchestrator_affinity_cache_operations_total | \`GET /api/v1/tickets/{ticket_id}/allocation\` says what affinity did for a ticket; lost explanations are \`orchestration_scheduler_explanations_lost_total\`
orchestration_dag_optimizations_total | gone: a plan with a cycle is refused
orchestration_deadline_approaching_total | \`orchestration_sla_alerts_sent_total\`
orchestration_incident_publish_errors orchestration_incident_publish_duration_seconds orchestration_self_healing_triggered_total | \`orchestration_incident_publish_total\`, \`orchestration_remediations_total\`
orchestration_jwt_validation_failures_total orchestration_security_violations_total orchestration_security_authentication_failures_total orchestration_security_authorization_denials_total orchestration_security_tenant_isolation_violations_total orchestration_security_data_governance_violations_total orchestration_security_rate_limit_exceeded_total orchestration_opa_violations_by_policy_total orchestration_opa_policy_violation_rate_total | \`orchestration_opa_policy_rejections_total\`, by rule
orchestration_mtls_handshake_failures_total | gone: \`orchestrator doctor\` checks each handshake
orchestration_mongodb_fallback_total | \`orchestration_read_fallbacks_total\`
orchestration_opa_cache_hits_total orchestration_opa_cache_hit_ratio | \`orchestration_opa_cache_lookups_total\`
orchestration_opa_feature_flags | gone: features are a plan's, in its field feature_flags
orchestration_opa_policy_decision_duration_seconds | \`orchestration_opa_validation_duration_seconds\`
orchestration_ticket_generation_duration_seconds | \`neural_hive_flow_c_steps_duration_seconds\`
orchestrator_idempotency_cache_hits_total | \`orchestrator_duplicates_detected_total\`
orchestrator_vault_credentials_fetched_total orchestrator_vault_renewal_task_runs_total | gone: secrets are read from files
orchestration_preempted_tasks_retried_total orchestration_active_preemptions orchestration_preemption_duration_seconds orchestration_preemption_failures_total | \`orchestration_preemption_attempts_total\`
orchestration_ml_anomaly_model_precision orchestration_ml_duration_model_mae orchestration_ml_model_quality_metrics neural_hive_validation_{metric_name} neural_hive_validation_latency_{metric_name} neural_hive_validation_sample_count | \`orchestration_ml_model_accuracy\`, of the back-test, and \`orchestration_ml_prediction_error\`, of live tickets
orchestration_ml_drift_check_timestamp orchestration_ml_drift_feature_max_psi orchestration_ml_drift_overall_status orchestration_ml_drift_prediction_ratio orchestration_ml_drift_target_pvalue | \`orchestration_ml_drift_score\`, of residuals by task type
orchestration_ml_training_samples_anomaly orchestration_ml_training_samples_duration | \`orchestration_ml_training_samples_used\`
orchestration_ml_model_training_status orchestration_ml_training_status orchestration_ml_training_timestamp neural_hive_ml_model_training_status | \`orchestration_ml_training_jobs_total\`, by what came of it
neural_hive_model_audit_events_total orchestration_ml_model_promotion_total | \`model_audit_log\` and \`GET /api/v1/ml/audit\`
orchestration_ml_prediction_cache_hits_total | gone: the model is in memory, and nothing is looked up
orchestration_scheduler_load_prediction_accuracy orchestration_scheduler_ml_optimization_latency_seconds orchestration_scheduler_ml_optimizations_applied_total orchestration_scheduler_optimizer_availability orchestration_scheduler_predicted_queue_time_ms orchestration_scheduler_predicted_worker_load_pct orchestration_scheduler_queue_prediction_error_ms | \`orchestration_ml_prediction_error\` and \`ml.allocation_outcomes\`: queue times beside what was predicted
neural_hive_model_comparison_confidence neural_hive_model_comparison_duration_seconds neural_hive_model_comparison_total neural_hive_shadow_agreement_rate neural_hive_shadow_circuit_breaker_state neural_hive_shadow_comparison_errors_total neural_hive_shadow_latency_seconds neural_hive_shadow_predictions_total | \`orchestration_ml_shadow_mae_share\`
neural_hive_rollout_checkpoint_total neural_hive_rollout_degradation_total neural_hive_rollout_stage neural_hive_rollout_traffic_pct | gone: a model is champion or it is not
`);

/** Metrics that are declared under their old names. */
export const keptMetrics: readonly string[] = `
orchestration_ml_anomalies_detected_total orchestration_ml_drift_score orchestration_ml_drift_status
orchestration_ml_feature_extraction_errors_total orchestration_ml_model_accuracy orchestration_ml_model_load_errors_total
orchestration_ml_prediction_duration_seconds orchestration_ml_prediction_error orchestration_ml_predictions_total
orchestration_ml_training_duration_seconds orchestration_ml_training_jobs_total orchestration_ml_training_samples_used
orchestration_scheduler_allocation_quality_score
mongodb_index_validation_total mongodb_persistence_duration_seconds mongodb_persistence_errors_total
mongodb_pool_checkedout mongodb_pool_size neural_hive_flow_c_steps_duration_seconds
neural_hive_flow_c_telemetry_buffer_size neural_hive_orchestrator_correlation_id_missing_total
orchestration_burst_capacity_activations_total orchestration_compensation_duration_seconds
orchestration_compensations_executed_total orchestration_compensations_triggered_total
orchestration_incident_publish_total orchestration_kafka_consumer_lag orchestration_kafka_errors_total
orchestration_kafka_messages_consumed_total orchestration_kafka_messages_produced_total
orchestration_opa_batch_evaluation_size orchestration_opa_circuit_breaker_state
orchestration_opa_circuit_breaker_transitions_total orchestration_opa_evaluation_errors_total
orchestration_opa_policy_rejections_total orchestration_opa_policy_warnings_total
orchestration_opa_validation_duration_seconds orchestration_opa_validations_total orchestration_plan_validations_total
orchestration_preemption_attempts_total orchestration_resource_allocations_total orchestration_retries_total
orchestration_scheduler_allocation_duration_seconds orchestration_scheduler_allocations_total
orchestration_scheduler_cache_hits_total orchestration_scheduler_priority_score
orchestration_scheduler_rejections_total orchestration_scheduler_workers_discovered
orchestration_sla_alert_deduplication_hits_total orchestration_sla_alerts_sent_total
orchestration_sla_budget_remaining_percent orchestration_sla_budget_status orchestration_sla_burn_rate
orchestration_sla_check_duration_seconds orchestration_sla_monitor_errors_total orchestration_sla_remaining_seconds
orchestration_sla_violations_published_total orchestration_sla_violations_total orchestration_tasks_preempted_total
orchestration_tickets_completed_total orchestration_tickets_generated_total orchestration_tickets_published_total
orchestration_workflow_duration_seconds orchestration_workflows_active orchestration_workflows_completed_total
orchestration_workflows_started_total orchestrator_duplicates_detected_total`
	.trim()
	.split(/\s+/);
