import assert from "node:assert/strict";
import { test } from "node:test";
import { createIntakeMetrics } from "../../src/telemetry/count-intake.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

/** Names of the earlier service that mean the same here: dashboards read them. */
const kept = [
	"orchestration_workflows_started_total",
	"orchestration_workflows_completed_total",
	"orchestration_workflow_duration_seconds",
	"orchestration_workflows_active",
	"orchestration_plan_validations_total",
	"orchestration_tickets_generated_total",
	"orchestration_tickets_published_total",
	"orchestration_tickets_completed_total",
	"orchestration_retries_total",
	"orchestration_compensations_triggered_total",
	"orchestration_compensations_executed_total",
	"orchestration_resource_allocations_total",
	"orchestration_scheduler_allocations_total",
	"orchestration_scheduler_allocation_duration_seconds",
	"orchestration_scheduler_workers_discovered",
	"orchestration_scheduler_priority_score",
	"orchestration_scheduler_cache_hits_total",
	"orchestration_incident_publish_total",
	"orchestration_compensation_duration_seconds",
	"orchestration_kafka_consumer_lag",
	"orchestration_sla_remaining_seconds",
	"neural_hive_flow_c_steps_duration_seconds",
	"neural_hive_flow_c_telemetry_buffer_size",
	"neural_hive_orchestrator_correlation_id_missing_total",
	"mongodb_pool_size",
	"mongodb_pool_checkedout",
	"orchestration_kafka_messages_consumed_total",
	"orchestration_kafka_messages_produced_total",
	"orchestration_kafka_errors_total",
	"orchestrator_duplicates_detected_total",
	"mongodb_persistence_errors_total",
	"mongodb_persistence_duration_seconds",
	"mongodb_index_validation_total",
];

test("metrics: the names of the earlier service are kept, and each has a help text", async () => {
	const all = await createMetrics().registry.getMetricsAsJSON();
	const names = all.map(({ name }) => name);
	for (const name of kept) assert.ok(names.includes(name), name);
	assert.ok(all.every(({ help }) => help.length > 0));
});

test("metrics: two tables in one process do not disturb each other", () => {
	assert.notEqual(createMetrics().registry, createMetrics().registry);
});

test("intakeMetrics: what intake reports is seen from outside", async () => {
	const metrics = createMetrics();
	const intake = createIntakeMetrics(metrics);
	intake.consumed("plans.consensus", 3);
	intake.decision("refused", "rest");
	intake.duplicates("rest");
	intake.deadLetters("plans.consensus.dlq", "PLAN_TOO_LARGE");
	intake.signalled(2, 50);
	intake.retried("plan-unknown");
	intake.paused("plans.consensus", "open-plans", true);
	const text = await metrics.registry.metrics();
	for (const line of [
		'orchestration_kafka_messages_consumed_total{topic="plans.consensus"} 3',
		'orchestration_decisions_total{outcome="refused",via="rest"} 1',
		'orchestrator_duplicates_detected_total{component="rest"} 1',
		'orchestration_dead_letters_total{topic="plans.consensus.dlq",reason="PLAN_TOO_LARGE"} 1',
		"orchestration_result_signals_total 2",
		"orchestration_results_signalled_total 50",
		'orchestration_result_retries_total{reason="plan-unknown"} 1',
		'orchestration_intake_paused{topic="plans.consensus",reason="open-plans"} 1',
	]) {
		assert.ok(text.includes(line), line);
	}
	intake.paused("plans.consensus", "open-plans", false);
	assert.match(
		await metrics.registry.metrics(),
		/intake_paused\{.*open-plans"\} 0/,
	);
});
