import Type, { type Static } from "typebox";
import {
	int,
	long,
	map,
	nullable,
	record,
	symbols,
	timestampMs,
} from "./avro-types.ts";

export const riskBands = ["low", "medium", "high", "critical"] as const;
/** The plan's own status, given by its maker; not the state of our run. */
export const cognitivePlanStatuses = [
	"draft",
	"validated",
	"approved",
	"rejected",
] as const;
export const cognitiveDomains = [
	"BUSINESS",
	"TECHNICAL",
	"SECURITY",
	"INFRASTRUCTURE",
	"BEHAVIOR",
	"OPERATIONAL",
	"COMPLIANCE",
] as const;
export const approvalStatuses = ["pending", "approved", "rejected"] as const;

export const taskNodeSchema = record({
	task_id: Type.String(),
	/** Free text, no enum. */
	task_type: Type.String(),
	description: Type.String(),
	dependencies: Type.Array(Type.String()),
	estimated_duration_ms: nullable(long),
	required_capabilities: Type.Array(Type.String()),
	parameters: map(Type.String()),
	metadata: map(Type.String()),
});

/** The full contract of a plan. Intake reads more leniently. */
export const cognitivePlanSchema = record({
	plan_id: Type.String(),
	version: Type.String(),
	intent_id: Type.String(),
	correlation_id: nullable(Type.String()),
	trace_id: nullable(Type.String()),
	span_id: nullable(Type.String()),
	tasks: Type.Array(taskNodeSchema),
	execution_order: Type.Array(Type.String()),
	risk_score: Type.Number(),
	risk_band: symbols(riskBands),
	risk_factors: map(Type.Number()),
	explainability_token: Type.String(),
	reasoning_summary: Type.String(),
	status: symbols(cognitivePlanStatuses),
	created_at: timestampMs,
	valid_until: nullable(timestampMs),
	estimated_total_duration_ms: nullable(long),
	complexity_score: Type.Number(),
	original_domain: symbols(cognitiveDomains),
	original_priority: Type.String(),
	original_security_level: Type.String(),
	metadata: map(Type.String()),
	requires_approval: Type.Boolean(),
	approval_status: nullable(symbols(approvalStatuses)),
	approved_by: nullable(Type.String()),
	approved_at: nullable(timestampMs),
	is_destructive: Type.Boolean(),
	destructive_tasks: Type.Array(Type.String()),
	risk_matrix: nullable(map(Type.Number())),
	schema_version: int,
});

export type RiskBand = (typeof riskBands)[number];
export type CognitivePlanStatus = (typeof cognitivePlanStatuses)[number];
export type CognitiveDomain = (typeof cognitiveDomains)[number];
export type ApprovalStatus = (typeof approvalStatuses)[number];
export type TaskNode = Static<typeof taskNodeSchema>;
export type CognitivePlan = Static<typeof cognitivePlanSchema>;
