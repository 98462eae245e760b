import Type, { type Static } from "typebox";
import { int, long, nullable, record, symbols } from "./avro-types.ts";

export const orchestratorVersions = ["V1", "V2"] as const;
export const frameStatuses = [
	"SUCCESS",
	"PARTIAL",
	"FAILED",
	"CANCELLED",
	"INVALID",
	"REJECTED",
	"EXPIRED",
] as const;
export const stepNames = ["C1", "C2", "C3", "C4", "C5", "C6"] as const;
export const stepStatuses = [
	"running",
	"completed",
	"failed",
	"skipped",
] as const;
export const budgetStatuses = [
	"HEALTHY",
	"WARNING",
	"CRITICAL",
	"EXHAUSTED",
	"UNKNOWN",
] as const;

export const telemetryStepSchema = record({
	name: symbols(stepNames),
	status: symbols(stepStatuses),
	/** First start to last end; null while it runs. */
	duration_ms: nullable(long),
});

export const telemetrySlaMetricsSchema = record({
	deadline_approaching: Type.Boolean(),
	budget_critical: Type.Boolean(),
	violations_count: int,
	/** Negative past the deadline; null when the plan has none. */
	remaining_seconds: nullable(Type.Number()),
	budget_status: symbols(budgetStatuses),
});

export const telemetryMetricsSchema = record({
	total_tickets: int,
	successful_tickets: int,
	failed_tickets: int,
	compensated_tickets: int,
	/** Sum over the tickets. */
	total_duration_ms: long,
	total_retries: int,
	sla_violations: int,
	sla_metrics: telemetrySlaMetricsSchema,
});

/** What C6 writes to `telemetry.orchestration`. */
export const telemetryFrameSchema = record({
	/** One an execution of the plan: the same frame has it again, however often it is published. */
	frame_id: Type.String(),
	plan_id: Type.String(),
	intent_id: Type.String(),
	decision_id: Type.String(),
	correlation_id: Type.String(),
	trace_id: nullable(Type.String()),
	workflow_id: Type.String(),
	orchestrator_version: symbols(orchestratorVersions),
	status: symbols(frameStatuses),
	/** By the clock, from the start of the run to the decision of C5. */
	total_duration_ms: long,
	/** The same; clients look for either word. */
	duration_ms: long,
	tickets_generated: int,
	tickets_completed: int,
	tickets_failed: int,
	steps: Type.Array(telemetryStepSchema),
	correlation: record({
		intent_id: Type.String(),
		plan_id: Type.String(),
		workflow_id: Type.String(),
		ticket_ids: Type.Array(Type.String()),
	}),
	metrics: telemetryMetricsSchema,
	/** ISO 8601. */
	timestamp: Type.String(),
	source: Type.String(),
	/** Where the plan's audit trail ended shortly before its last records: with it a tail that was cut off is found. */
	audit_head: nullable(
		record({
			/** When the trail began, Unix epoch, ms. */
			trail: long,
			/** Of its last record, from 1. */
			sequence: int,
			/** Of its last record: SHA-256 in hex. */
			hash: Type.String(),
		}),
	),
});

export type BudgetStatus = (typeof budgetStatuses)[number];
export type TelemetryStep = Static<typeof telemetryStepSchema>;
export type TelemetryMetrics = Static<typeof telemetryMetricsSchema>;
export type TelemetryFrame = Static<typeof telemetryFrameSchema>;
