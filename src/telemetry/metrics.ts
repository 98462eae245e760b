// Long because it declares every metric.
import {
	Counter,
	collectDefaultMetrics,
	Gauge,
	Histogram,
	Registry,
} from "prom-client";

/**
 * The default of 10 ms wakes an idle process a hundred times a second; this resolution still shows a blocked
 * event loop.
 */
const EVENT_LOOP_SAMPLE_MS = 100;
const STORE_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2];
const PLAN_BUCKETS = [
	1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 14_400, 86_400,
];
const ALLOCATION_BUCKETS = [
	0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1,
];
const REACTION_BUCKETS = [
	0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
];

/**
 * Every metric there is. Names are an interface: dashboards and alerts read them. `byVersion` adds
 * the label `orchestrator_version` (V1, V2), so that the arms can be compared.
 */
export function createMetrics() {
	const registry = new Registry();
	const registers = [registry];
	collectDefaultMetrics({
		register: registry,
		eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS,
	});

	const counter = <L extends string = never>(
		name: string,
		help: string,
		labelNames: readonly L[] = [],
	) => new Counter<L>({ name, help, labelNames, registers });
	const byVersion = <L extends string>(
		name: string,
		help: string,
		labelNames: readonly L[],
	) =>
		counter<L | "orchestrator_version">(name, help, [
			...labelNames,
			"orchestrator_version",
		]);
	const gauge = <L extends string = never>(
		name: string,
		help: string,
		labelNames: readonly L[] = [],
	) => new Gauge<L>({ name, help, labelNames, registers });
	const histogram = <L extends string>(
		name: string,
		help: string,
		labelNames: readonly L[],
		buckets: number[],
	) => new Histogram<L>({ name, help, labelNames, buckets, registers });

	return {
		registry,

		// Plans
		workflowsStarted: byVersion(
			"orchestration_workflows_started_total",
			"Plans whose workflow began to work, by the status it began in.",
			["status", "risk_band"],
		),
		workflowsCompleted: byVersion(
			"orchestration_workflows_completed_total",
			"Plans that reached a final status, once for each time they were run again.",
			["status", "risk_band"],
		),
		workflowDurationSeconds: histogram(
			"orchestration_workflow_duration_seconds",
			"Time from a plan's start, or from its newest rerun after an end, to its final status.",
			["status", "risk_band", "orchestrator_version"],
			PLAN_BUCKETS,
		),
		workflowsActive: gauge(
			"orchestration_workflows_active",
			"Plans in VALIDATING, RUNNING and COMPENSATING, when intake last counted them.",
		),
		plansStuck: gauge(
			"orchestration_plans_stuck",
			"Plans whose workflow task fails again and again, by the newest look of orphan-watch that this process knows.",
		),
		runsEnded: counter(
			"orchestration_plan_runs_ended_total",
			"Plans closed because their run was ended from outside, by how (TERMINATED, TIMED_OUT, FAILED, CANCELLED).",
			["ending"],
		),
		plansInconsistent: counter(
			"orchestration_plans_inconsistent_total",
			"Faults of ours: plans whose state broke a law that it should keep; the log has which.",
		),
		planValidations: byVersion(
			"orchestration_plan_validations_total",
			"C1: plans validated, by result (valid, invalid).",
			["result"],
		),
		decisionToTicketsSeconds: histogram(
			"orchestration_decision_to_tickets_seconds",
			"Time from a decision's record to the first confirmed publication of its tickets.",
			["orchestrator_version"],
			REACTION_BUCKETS,
		),

		// Tickets
		ticketsGenerated: byVersion(
			"orchestration_tickets_generated_total",
			"C2: tickets generated.",
			["task_type", "risk_band", "priority"],
		),
		resourceAllocations: byVersion(
			"orchestration_resource_allocations_total",
			"C3: allocations, by method (intelligent_scheduler, round_robin, round_robin_fallback, no_agent_known, directory_unavailable).",
			["status"],
		),
		workerViews: counter(
			"orchestration_worker_views_total",
			"C3: how often workers were looked up, by source (registry, last-known, none) and whether that had to wait for an answer (true, false).",
			["source", "waited"],
		),
		workerViewAgeSeconds: gauge(
			"orchestration_worker_view_age_seconds",
			"Age of what this process knew of the workers when it last looked.",
		),
		workersKnown: gauge(
			"orchestration_workers_known",
			"Workers this process knew when it last looked, by status (HEALTHY, DEGRADED, UNHEALTHY, PAUSED).",
			["status"],
		),
		registryCalls: counter(
			"orchestration_registry_calls_total",
			"Calls that the role registry answered, by rpc and code of gRPC.",
			["rpc", "code"],
		),
		ticketsPublished: byVersion(
			"orchestration_tickets_published_total",
			"C4: attempts published, by status (published, failed).",
			["status", "task_type"],
		),
		ticketsCompleted: byVersion(
			"orchestration_tickets_completed_total",
			"Tickets with a final outcome when C5 ended their plan, by outcome; after a rerun only those that ran again.",
			["status", "task_type"],
		),
		retries: byVersion(
			"orchestration_retries_total",
			"Further attempts of a ticket after its first.",
			["task_type", "retry_attempt"],
		),
		results: byVersion(
			"orchestration_results_total",
			"Results workflows were given, by effect (applied, duplicate, late, superseded, ignored, early, unknown).",
			["kind"],
		),
		compensationsTriggered: byVersion(
			"orchestration_compensations_triggered_total",
			"Plans whose compensation began, by reason.",
			["reason"],
		),
		compensationsExecuted: byVersion(
			"orchestration_compensations_executed_total",
			"Compensation tickets that ended, by outcome.",
			["reason", "status"],
		),
		incidentsPublished: counter(
			"orchestration_incident_publish_total",
			"Incidents published, by status (published, failed).",
			["incident_type", "status"],
		),
		incidentsRefused: counter(
			"orchestration_incidents_refused_total",
			"Incidents that Kafka will never take; each stands in the log and in its plan.",
			["orchestrator_version"],
		),
		telemetryFrames: counter(
			"orchestration_telemetry_frames_total",
			"C6: telemetry frames, by outcome (published, buffered, drained).",
			["outcome"],
		),

		// Burst capacity
		burstActivations: counter(
			"orchestration_burst_capacity_activations_total",
			"Bursts: a task type was saturated, and a plan that policy gives burst capacity got more places.",
			["task_type"],
		),
		burstActive: gauge(
			"orchestration_burst_capacity_active",
			"1 while a burst is on for the task type in this process.",
			["task_type"],
		),

		preemptionAttempts: counter(
			"orchestration_preemption_attempts_total",
			"Urgent tickets that waited for a place while a running one could have made room: how that went.",
			["success", "reason"],
		),
		ticketsPreempted: counter(
			"orchestration_tasks_preempted_total",
			"Running tickets that workers gave up for more urgent ones.",
			["preempted_priority", "preemptor_priority"],
		),
		workersWanted: gauge(
			"orchestration_workers_wanted",
			"Workers that a saturated task type would need, for plans that policy gives auto-scaling; 0: none are missing.",
			["task_type"],
		),

		// Deadlines and error budgets
		slaAlertsSent: counter(
			"orchestration_sla_alerts_sent_total",
			"Alerts on sla.alerts, by event (ALERT, ALERT_CLEARED), type and severity.",
			["event_type", "alert_type", "severity"],
		),
		slaAlertsDeduplicated: counter(
			"orchestration_sla_alert_deduplication_hits_total",
			"Alerts not repeated, because the same was sent a short time ago.",
		),
		slaViolations: counter(
			"orchestration_sla_violations_total",
			"Times that tickets and plans (task_type plan) did not keep.",
			["risk_band", "task_type"],
		),
		slaViolationsPublished: counter(
			"orchestration_sla_violations_published_total",
			"Violations on sla.violations, by type (DEADLINE_EXCEEDED, TIMEOUT).",
			["violation_type"],
		),
		slaBudgetRemaining: gauge(
			"orchestration_sla_budget_remaining_percent",
			"What is left of an error budget, 0 to 100; absent while it is unknown.",
			["service_name", "slo_id"],
		),
		slaBudgetStatus: gauge(
			"orchestration_sla_budget_status",
			"Of an error budget: 0 HEALTHY, 1 WARNING, 2 CRITICAL, 3 EXHAUSTED, -1 unknown.",
			["service_name", "slo_id"],
		),
		slaBurnRate: gauge(
			"orchestration_sla_burn_rate",
			"How fast an error budget goes, by window in hours; 1: it lasts exactly its 30 days.",
			["service_name", "slo_id", "window_hours"],
		),
		slaMonitorErrors: counter(
			"orchestration_sla_monitor_errors_total",
			"Looks at deadlines and budgets that failed, by error (workflow_check, cache_error, alert_publish, api_error).",
			["error_type"],
		),
		slaCheckSeconds: histogram(
			"orchestration_sla_check_duration_seconds",
			"Time of one turn of the watch, by what was looked at (workflow, budget).",
			["check_type"],
			STORE_BUCKETS,
		),
		slaWatchLagSeconds: gauge(
			"orchestration_sla_watch_lag_seconds",
			"How late the latest of the looks was that this process last took.",
		),

		// Scheduler
		// Policies
		policyValidations: counter(
			"orchestration_opa_validations_total",
			"Resources that a policy judged, by result (allowed, denied); with policy_name all: questions without a decision (undecided, unchecked).",
			["policy_name", "result"],
		),
		policySeconds: histogram(
			"orchestration_opa_validation_duration_seconds",
			"Time a question to all its policies took.",
			["engine"],
			[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
		),
		policyBatchSize: histogram(
			"orchestration_opa_batch_evaluation_size",
			"Resources in a question to policies.",
			[],
			[1, 2, 5, 10, 20, 50, 100, 200, 400],
		),
		policyRejections: counter(
			"orchestration_opa_policy_rejections_total",
			"Findings that forbade a plan or a ticket.",
			["policy_name", "rule", "severity"],
		),
		policyWarnings: counter(
			"orchestration_opa_policy_warnings_total",
			"Findings that only warned.",
			["policy_name", "rule"],
		),
		policyErrors: counter(
			"orchestration_opa_evaluation_errors_total",
			"Requests to the OPA server that brought no answer (timeout, connection, policy_not_found, evaluation_error).",
			["error_type"],
		),
		policyCacheLooks: counter(
			"orchestration_opa_cache_lookups_total",
			"Looks into the memory of the OPA server's answers (hit, miss).",
			["result"],
		),
		policyCircuit: gauge(
			"orchestration_opa_circuit_breaker_state",
			"Whether the OPA server is left alone: 0 closed, 1 half-open, 2 open.",
			["circuit_name"],
		),
		policyCircuitMoves: counter(
			"orchestration_opa_circuit_breaker_transitions_total",
			"Changes of that.",
			["from_state", "to_state"],
		),
		policyShadowDifferences: counter(
			"orchestration_opa_shadow_differences_total",
			"Resources about which the shadow policies find something else.",
			["policy_name"],
		),
		policyAuditRecords: counter(
			"orchestration_authorization_audit_records_total",
			"Records of what policies said, by what became of them (written, dropped).",
			["result"],
		),

		schedulerAllocations: counter(
			"orchestration_scheduler_allocations_total",
			"Tickets the scheduler allocated, by status (success, overflow) and whether it fell back to taking turns (True, False).",
			["status", "fallback"],
		),
		schedulerAllocationSeconds: histogram(
			"orchestration_scheduler_allocation_duration_seconds",
			"Time C3 took to choose a worker, each ticket's share of its chunk.",
			[],
			ALLOCATION_BUCKETS,
		),
		schedulerWorkersDiscovered: histogram(
			"orchestration_scheduler_workers_discovered",
			"Workers in the view that a chunk was allocated by.",
			[],
			[0, 1, 2, 5, 10, 50, 100, 500, 1_000],
		),
		schedulerViewAgeSeconds: gauge(
			"orchestration_scheduler_view_age_seconds",
			"Age of the view of the workers at the last allocation.",
		),
		schedulerPriorityScore: histogram(
			"orchestration_scheduler_priority_score",
			"Priority scores of the tickets that were allocated.",
			["risk_band"],
			[0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
		),
		schedulerCacheHits: counter(
			"orchestration_scheduler_cache_hits_total",
			"Tickets whose candidates were known from an earlier ticket with the same needs, in the same view of the workers.",
		),
		schedulerReservations: counter(
			"orchestration_scheduler_reservations_total",
			"Places reserved in workers' queues, by who knows of them (shared; local: only this process, because Redis is away).",
			["place"],
		),
		schedulerExecutions: counter(
			"orchestration_scheduler_executions_total",
			"Results of tickets with a reserved place, by who executed them (chosen, other, unknown).",
			["by"],
		),
		schedulerRoutings: counter(
			"orchestration_scheduler_routings_total",
			"Tickets published with TICKETS_ROUTING=worker: to a partition of their worker, or by key because it has none that is known, or because nobody was chosen by score (worker, owner_unknown, not_chosen).",
			["to"],
		),
		schedulerWaits: counter(
			"orchestration_scheduler_waits_total",
			"Times that a ticket was put back to wait for a worker, by reason (nobody, paused, full).",
			["reason"],
		),
		schedulerRejections: counter(
			"orchestration_scheduler_rejections_total",
			"Tickets that failed because no worker fits (SCHEDULER_WHEN_NOBODY_FITS=reject), by reason (no_suitable_worker).",
			["reason"],
		),
		schedulerExplanationsLost: counter(
			"orchestration_scheduler_explanations_lost_total",
			"Allocations whose explanation could not be stored.",
		),
		remediations: counter(
			"orchestration_remediations_total",
			"Requests to the self-healing engine, by outcome of a try (sent, failed, given_up, lost).",
			["outcome"],
		),
		notifications: counter(
			"orchestration_notifications_total",
			"Notifications about plans, by event and outcome of a try (sent, failed, given_up).",
			["event", "outcome"],
		),

		// Intake and Kafka
		decisions: counter(
			"orchestration_decisions_total",
			"Decisions taken in, by outcome (started, recorded, duplicate, refused) and way (kafka, rest).",
			["outcome", "via"],
		),
		approvalAnswers: counter(
			"orchestration_approval_answers_total",
			"Answers on the approval topic, by outcome (taken, duplicate, unmatched, refused).",
			["outcome"],
		),
		duplicates: counter(
			"orchestrator_duplicates_detected_total",
			"Duplicates recognised, by the component that saw them.",
			["component"],
		),
		deadLetters: counter(
			"orchestration_dead_letters_total",
			"Records put on a dead letter topic, by reason.",
			["topic", "reason"],
		),
		recordsSetAside: counter(
			"orchestration_records_set_aside_total",
			"Records set aside because nothing can ever be done with them, by reason (BATCH_TOO_LARGE, BATCH_UNREADABLE, RECORDS_DELETED, SET_ASIDE).",
			["topic", "reason"],
		),
		deadLettersOpen: gauge(
			"orchestration_dead_letters_open",
			"Dead letters nobody has dealt with, when intake last counted them.",
			["topic", "reason"],
		),
		deadLettersSettled: counter(
			"orchestration_dead_letters_settled_total",
			"Dead letters that were dealt with, by action (redriven, discarded).",
			["topic", "action"],
		),
		resultSignals: counter(
			"orchestration_result_signals_total",
			"Signals that carried results to workflows.",
		),
		resultsSignalled: counter(
			"orchestration_results_signalled_total",
			"Results carried by those signals.",
		),
		resultRetries: counter(
			"orchestration_result_retries_total",
			"Results put on a retry topic because their plan was not found.",
			["reason"],
		),
		intakePaused: gauge(
			"orchestration_intake_paused",
			"1 while a topic is paused, by reason (temporal-away, open-plans, stopped).",
			["topic", "reason"],
		),
		kafkaConsumed: counter(
			"orchestration_kafka_messages_consumed_total",
			"Records taken from a topic.",
			["topic"],
		),
		kafkaProduced: counter(
			"orchestration_kafka_messages_produced_total",
			"Records the brokers acknowledged.",
			["topic"],
		),
		kafkaErrors: counter(
			"orchestration_kafka_errors_total",
			"Failures at Kafka.",
			["operation", "error_type"],
		),

		// Stores
		mongodbErrors: counter(
			"mongodb_persistence_errors_total",
			"MongoDB operations that failed.",
			["collection", "operation", "error_type"],
		),
		spansDropped: counter(
			"orchestration_spans_dropped_total",
			"Spans that no receiver got: it was away, or too many were waiting.",
		),
		documentsCut: counter(
			"orchestration_documents_cut_total",
			"Documents larger than MongoDB takes, stored without their largest fields; the log names them.",
			["collection"],
		),
		mongodbDurationSeconds: histogram(
			"mongodb_persistence_duration_seconds",
			"Time MongoDB operations took that succeeded.",
			["collection", "operation"],
			STORE_BUCKETS,
		),
		mongodbIndexes: counter(
			"mongodb_index_validation_total",
			"Index creations at start, by status (created, failed).",
			["collection", "status"],
		),
		redisErrors: counter(
			"orchestration_redis_errors_total",
			"Redis operations that failed.",
			["operation"],
		),
		storeAway: gauge(
			"orchestration_store_away",
			"1 while a store is known to be away and calls to it fail at once (mongodb, redis).",
			["store"],
		),
		ticketLookups: counter(
			"orchestration_ticket_lookups_total",
			"Wire ids whose plan was looked up, by where it was found (memory, redis, mongodb, none).",
			["source"],
		),
		documentsPurged: counter(
			"orchestration_documents_purged_total",
			"Stored documents that were taken away because they were older than they are to be kept.",
			["collection"],
		),
		changesLost: counter(
			"orchestration_changes_lost_total",
			"Changes of plans and tickets that readers of /events could not be told, because Redis was away.",
		),

		// HTTP
		eventReaders: gauge(
			"orchestration_event_readers",
			"Readers of /events now.",
		),
		eventReadersEnded: counter(
			"orchestration_event_readers_ended_total",
			"Readers of /events that were let go, by reason (slow, away, limit, lifetime).",
			["reason"],
		),
		httpDurationSeconds: histogram(
			"orchestration_http_request_duration_seconds",
			"Time a request took.",
			["method", "route", "status"],
			STORE_BUCKETS,
		),
		accessRefusals: counter(
			"orchestration_http_refusals_total",
			"Requests refused before any work, by reason (missing, malformed, unknown, expired, too_weak, foreign_host, unavailable, rate_limited, too_many_bodies, slow_body, stopping).",
			["reason"],
		),
		readFallbacks: counter(
			"orchestration_read_fallbacks_total",
			"Reads answered from workflows instead of MongoDB, by reason (away, not_there).",
			["read", "reason"],
		),
	};
}

export type Metrics = ReturnType<typeof createMetrics>;
