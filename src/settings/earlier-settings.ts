// Long because every setting of the earlier service that has no namesake here stands in it.

/** What became of a setting of the earlier service. */
export type Fate =
	/** Another setting says it now. */
	| { kind: "successor"; name: string; note?: string }
	| { kind: "gone"; why: string };

/** A setting of the earlier service that is set here and has no effect. */
export interface EarlierSetting {
	name: string;
	fate: Fate;
}

const successor = (name: string, note?: string): Fate =>
	note === undefined
		? { kind: "successor", name }
		: { kind: "successor", name, note };
const gone = (why: string): Fate => ({ kind: "gone", why });

/** The same fate of several settings; names are told apart by spaces. */
function all(fate: Fate, ...names: string[]): [string, Fate][] {
	return names
		.flatMap((line) => line.split(" "))
		.map((name) => [name, fate] as [string, Fate]);
}

const verified = gone(
	"certificates are always verified; name your authorities in the setting _CA_LOCATION or _CA_BUNDLE of that server",
);
const breakers = gone(
	"every server has a gate of its own: after a failure calls fail at once, and a probe a second asks whether it is back",
);
const durable = gone(
	"what is to be stored is tried until it is: a plan has not ended before",
);
const files = gone(
	"secrets are read from files (NAME_FILE), which an agent of Vault or a CSI driver writes",
);
const identities = gone(
	"identities come as files: certificates by the TLS settings of each server, the registry's token by SERVICE_REGISTRY_TOKEN_FILE",
);
const compensation = gone(
	"compensation belongs to a plan: it runs durably, with the attempts of its tickets, until it is done or a person sees that it failed",
);
const optimizer = gone(
	"the optimizer's answers were advice that nobody measured; workers are chosen by score and by what is predicted, which is measured",
);

/** Settings of the earlier service whose names mean nothing here; those that still do are settings like any other. */
export const earlierSettings: Readonly<Record<string, Fate>> =
	Object.fromEntries([
		...all(
			gone("there is no mode without Temporal: the service waits for it"),
			"TEMPORAL_ENABLED",
		),
		...all(
			gone("workflow ids are orch-{plan_id}: they hold plans apart"),
			"TEMPORAL_WORKFLOW_ID_PREFIX",
		),
		...all(
			gone("a new consumer group always begins at the earliest record"),
			"KAFKA_AUTO_OFFSET_RESET",
		),
		...all(
			gone("an offset is committed only when its record is dealt with"),
			"KAFKA_ENABLE_AUTO_COMMIT",
		),
		...all(
			gone("the producer is always idempotent, and without transactions"),
			"KAFKA_ENABLE_IDEMPOTENCE KAFKA_TRANSACTIONAL_ID",
		),
		...all(gone("contracts are part of the service"), "SCHEMAS_BASE_PATH"),
		...all(successor("KAFKA_SCHEMA_REGISTRY_URL"), "SCHEMA_REGISTRY_URL"),
		...all(
			verified,
			"SCHEMA_REGISTRY_TLS_VERIFY SELF_HEALING_TLS_VERIFY SELF_HEALING_CA_BUNDLE",
			"OTEL_TLS_VERIFY OTEL_CA_BUNDLE",
		),
		...all(
			successor(
				"SELF_HEALING_ENGINE_URL",
				"it is on when the address is set, off when it is not",
			),
			"SELF_HEALING_ENABLED",
		),
		...all(
			gone("PostgreSQL is Temporal's alone"),
			"POSTGRES_HOST POSTGRES_PORT POSTGRES_DATABASE POSTGRES_USER",
			"POSTGRES_PASSWORD POSTGRES_SSL_MODE",
		),
		...all(
			gone("collections have the documented names; MONGODB_DATABASE is free"),
			"MONGODB_COLLECTION_TICKETS MONGODB_COLLECTION_WORKFLOWS",
		),
		...all(
			gone("connections are opened when they are needed"),
			"MONGODB_MIN_POOL_SIZE",
		),
		...all(
			durable,
			"MONGODB_FAIL_OPEN_EXECUTION_TICKETS MONGODB_FAIL_OPEN_VALIDATION_AUDIT",
			"MONGODB_FAIL_OPEN_WORKFLOW_RESULTS",
		),
		...all(
			gone(
				"retries are bounded by time, not by attempts: three tries in four seconds make a short outage a lost document. What is published or stored is tried until PLAN_MAX_DURATION_MS; a ticket's executions have TICKET_MAX_ATTEMPTS",
			),
			"RETRY_MAX_ATTEMPTS",
		),
		...all(
			breakers,
			"CIRCUIT_BREAKER_ENABLED CIRCUIT_BREAKER_FAIL_MAX",
			"CIRCUIT_BREAKER_TIMEOUT CIRCUIT_BREAKER_RECOVERY_TIMEOUT",
			"KAFKA_CIRCUIT_BREAKER_ENABLED KAFKA_CIRCUIT_BREAKER_FAIL_MAX",
			"KAFKA_CIRCUIT_BREAKER_TIMEOUT KAFKA_CIRCUIT_BREAKER_RECOVERY_TIMEOUT",
			"TEMPORAL_CIRCUIT_BREAKER_ENABLED TEMPORAL_CIRCUIT_BREAKER_FAIL_MAX",
			"TEMPORAL_CIRCUIT_BREAKER_TIMEOUT TEMPORAL_CIRCUIT_BREAKER_RECOVERY_TIMEOUT",
			"REDIS_CIRCUIT_BREAKER_ENABLED REDIS_CIRCUIT_BREAKER_FAIL_MAX",
			"REDIS_CIRCUIT_BREAKER_TIMEOUT REDIS_CIRCUIT_BREAKER_RECOVERY_TIMEOUT",
		),
		...all(
			compensation,
			"COMPENSATION_ENABLED COMPENSATION_MAX_RETRIES",
			"COMPENSATION_TIMEOUT_SECONDS COMPENSATION_FAIL_OPEN",
		),
		...all(
			successor(
				"MAX_OPEN_PLANS",
				"nothing read it; intake is bounded by plans",
			),
			"SCHEDULER_MAX_PARALLEL_TICKETS",
		),
		...all(
			successor(
				"SCHEDULER_WHEN_NOBODY_FITS",
				"fallback gives tickets to everybody who is able, in turn",
			),
			"SCHEDULER_FALLBACK_STUB_ENABLED",
		),
		...all(
			gone("a ticket that had to give way is always published again"),
			"SCHEDULER_PREEMPTION_RETRY_PREEMPTED_TASKS",
		),
		...all(
			gone("HIGH and CRITICAL tickets may preempt, LOW ones be preempted"),
			"SCHEDULER_PREEMPTION_MIN_PREEMPTOR_PRIORITY SCHEDULER_PREEMPTION_MAX_PREEMPTABLE_PRIORITY",
		),
		...all(
			gone("affinity is kept as long as the tickets it speaks of"),
			"SCHEDULER_AFFINITY_CACHE_TTL_SECONDS",
		),
		...all(
			gone(
				"a task's own estimate counts, with the two settings of its time-out",
			),
			"SLA_DEFAULT_TIMEOUT_MS",
		),
		...all(
			successor("SLA_DEADLINE_WARNING_THRESHOLD"),
			"SLA_ALERT_THRESHOLD_PERCENT",
		),
		...all(
			successor(
				"SLA_MANAGEMENT_HOST",
				"the system is asked when its host is set; else budgets are counted here",
			),
			"SLA_MANAGEMENT_ENABLED",
		),
		...all(
			files,
			"VAULT_ENABLED VAULT_ADDRESS VAULT_TLS_VERIFY VAULT_CA_BUNDLE VAULT_NAMESPACE",
			"VAULT_AUTH_METHOD VAULT_KUBERNETES_ROLE VAULT_TOKEN_PATH VAULT_MOUNT_KV",
			"VAULT_MOUNT_DATABASE VAULT_TIMEOUT_SECONDS VAULT_MAX_RETRIES VAULT_FAIL_OPEN",
			"VAULT_TOKEN_RENEWAL_THRESHOLD VAULT_DB_CREDENTIALS_RENEWAL_THRESHOLD",
		),
		...all(
			identities,
			"SPIFFE_SOCKET_PATH SPIFFE_JWT_AUDIENCE SPIFFE_JWT_TTL_SECONDS",
			"SPIFFE_ENABLE_X509 SPIFFE_ENVIRONMENT SPIFFE_FALLBACK_ALLOWED",
			"SERVICE_REGISTRY_JWT_AUDIENCE",
		),
		...all(
			successor("OPA_SPIFFE_ENABLED", "for the tokens of plans"),
			"SPIFFE_ENABLED",
		),
		...all(successor("OPA_SPIFFE_TRUST_DOMAIN"), "SPIFFE_TRUST_DOMAIN"),
		...all(
			gone(
				"the gRPC service OrchestratorStrategic never worked; its calls are REST operations (/api/v1/plans/{plan_id}/pause, resume, rerun) and stops",
			),
			"ENABLE_GRPC_SERVER GRPC_SERVER_PORT",
		),
		...all(
			optimizer,
			"ENABLE_OPTIMIZER_INTEGRATION OPTIMIZER_AGENTS_ENDPOINT",
			"OPTIMIZER_GRPC_TIMEOUT OPTIMIZER_FORECAST_HORIZON_MINUTES",
			"ML_OPTIMIZATION_TIMEOUT_SECONDS",
		),
		...all(
			gone("no policy read it"),
			"OPA_DATA_RESIDENCY_REGIONS OPA_RESOURCE_LIMITS",
		),
		...all(
			successor("HTTP_PORT", "metrics are at /metrics of the API's port"),
			"PROMETHEUS_PORT",
		),
		...all(
			gone("nothing is pushed: every process is scraped"),
			"PROMETHEUS_PUSHGATEWAY_URL PUSHGATEWAY_TLS_VERIFY PUSHGATEWAY_CA_BUNDLE",
		),
		...all(
			gone("this service calls itself nowhere, and needs no ticket service"),
			"ORCHESTRATOR_BASE_URL EXECUTION_TICKET_SERVICE_URL",
			"KAFKA_TOPICS_STRATEGIC",
		),
		...all(
			successor("ENVIRONMENT", "a plan's namespace is that of its metadata"),
			"NEURAL_HIVE_NAMESPACE",
		),
		...all(
			gone("features are computed from this service's own records"),
			"CLICKHOUSE_HOST CLICKHOUSE_PORT CLICKHOUSE_DATABASE CLICKHOUSE_USER",
			"CLICKHOUSE_PASSWORD ML_USE_CLICKHOUSE_FOR_FEATURES",
		),
		...all(
			successor(
				"ML_PREDICTIONS_ENABLED",
				"the scheduler uses what is predicted, or there is no prediction",
			),
			"ENABLE_ML_ENHANCED_SCHEDULING",
		),
		...all(verified, "MLFLOW_TLS_VERIFY"),
		...all(
			gone("authorities are named to Node.js by NODE_EXTRA_CA_CERTS"),
			"MLFLOW_CA_BUNDLE",
		),
		...all(
			gone(
				"there is one kind of model: a regression by type and capabilities, with boosted quantiles; others come as ONNX from MLflow",
			),
			"ML_SCHEDULING_MODEL_TYPE ML_ANOMALY_MODEL_TYPE ML_ANOMALY_CONTAMINATION",
		),
		...all(
			gone(
				"load is not forecast by the hour: places, running tickets and their predicted ends are known",
			),
			"ML_LOAD_FORECAST_HORIZONS ML_FORECAST_CACHE_TTL_SECONDS",
			"ML_LOCAL_LOAD_PREDICTION_ENABLED ML_LOCAL_LOAD_CACHE_TTL_SECONDS",
			"ML_LOCAL_LOAD_WINDOW_MINUTES ML_QUEUE_PREDICTION_WEIGHT ML_LOAD_PREDICTION_WEIGHT",
		),
		...all(
			gone(
				"features are computed from the ticket and the model, in microseconds",
			),
			"ML_FEATURE_CACHE_TTL_SECONDS",
		),
		...all(
			gone(
				"drift is tested by residuals of each task type: of features alone it is not seen, and its limits follow from the type's own spread",
			),
			"ML_DRIFT_CHECK_WINDOW_DAYS ML_DRIFT_PSI_THRESHOLD",
			"ML_DRIFT_MAE_RATIO_THRESHOLD ML_DRIFT_KS_PVALUE_THRESHOLD ML_DRIFT_BASELINE_ENABLED",
			"ML_DRIFT_TRIGGER_THRESHOLD ML_PERFORMANCE_TRIGGER_THRESHOLD",
		),
		...all(
			gone("the container's limit is the chart's resources.limits.cpu"),
			"ML_TRAINING_JOB_CPU_LIMIT",
		),
		...all(
			gone("every ended ticket is learned from once, none is filled in later"),
			"ML_BACKFILL_ERRORS ML_BACKFILL_HISTORY_RETENTION_DAYS",
		),
		...all(
			successor("ML_DURATION_ERROR_THRESHOLD"),
			"ML_VALIDATION_MAE_THRESHOLD",
		),
		...all(
			gone(
				"every training is tested on tickets that ended after those it learned from, and no model is promoted without",
			),
			"ML_VALIDATION_ENABLED ML_VALIDATION_PRECISION_THRESHOLD ML_VALIDATION_R2_ENABLED",
		),
		...all(
			gone("errors and coverage are metrics, of every ticket that ends"),
			"ML_CONTINUOUS_VALIDATION_ENABLED ML_VALIDATION_CHECK_INTERVAL_SECONDS",
			"ML_VALIDATION_USE_MONGODB ML_VALIDATION_MONGODB_COLLECTION ML_VALIDATION_WINDOWS",
			"ML_VALIDATION_ALERT_COOLDOWN_MINUTES ML_VALIDATION_LATENCY_ENABLED",
		),
		...all(
			gone("what happens to models is always recorded, in model_audit_log"),
			"ML_AUDIT_ENABLED ML_AUDIT_LOG_COLLECTION",
		),
		...all(
			successor(
				"ML_SHADOW_MODE_MIN_PREDICTIONS",
				"every live ticket is compared, by the error of both models",
			),
			"ML_SHADOW_MODE_DURATION_MINUTES ML_SHADOW_MODE_AGREEMENT_THRESHOLD",
			"ML_SHADOW_MODE_SAMPLE_RATE ML_SHADOW_MODE_PERSIST_COMPARISONS",
			"ML_SHADOW_MODE_CIRCUIT_BREAKER_ENABLED",
		),
		...all(
			gone("the challenger is whatever version has that alias"),
			"ML_SHADOW_MODEL_VERSION",
		),
		...all(
			gone(
				"a model is champion or it is not: a share of predictions by another one would make plans of one kind wait for different reasons. A challenger is compared in shadow, and a rollback is one call",
			),
			"ML_AUTO_ROLLBACK_ENABLED ML_CANARY_ENABLED ML_CANARY_TRAFFIC_PERCENTAGE",
			"ML_CANARY_DURATION_MINUTES ML_GRADUAL_ROLLOUT_ENABLED ML_ROLLOUT_STAGES",
			"ML_CHECKPOINT_DURATION_MINUTES ML_CHECKPOINT_MAE_THRESHOLD_PCT",
			"ML_CHECKPOINT_ERROR_RATE_THRESHOLD",
		),
	]);

/** Every setting of the earlier service that is set and is none of ours, in the order of the environment. */
export function findEarlierSettings(
	environment: Readonly<Record<string, string | undefined>>,
): EarlierSetting[] {
	return Object.entries(environment).flatMap(([written, value]) => {
		// The earlier service did not mind capitals.
		const name = written.toUpperCase();
		const fate = earlierSettings[name];
		return fate === undefined || (value ?? "").trim() === ""
			? []
			: [{ name, fate }];
	});
}

/** What became of it, in a line. */
export function describeFate({ name, fate }: EarlierSetting): string {
	if (fate.kind === "gone") return `${name} has no effect: ${fate.why}`;
	const note = fate.note === undefined ? "" : ` (${fate.note})`;
	return `${name} has no effect: set ${fate.name} instead${note}`;
}
