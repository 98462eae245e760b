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
import { riskBands } from "./cognitive-plan.ts";

export const taskTypes = [
	"BUILD",
	"DEPLOY",
	"TEST",
	"VALIDATE",
	"EXECUTE",
	"COMPENSATE",
	"QUERY",
	"TRANSFORM",
] as const;
export const ticketStatuses = [
	"PENDING",
	"RUNNING",
	"COMPLETED",
	"FAILED",
	"COMPENSATING",
	"COMPENSATED",
] as const;
export const ticketPriorities = ["LOW", "NORMAL", "HIGH", "CRITICAL"] as const;
export const securityLevels = [
	"PUBLIC",
	"INTERNAL",
	"CONFIDENTIAL",
	"RESTRICTED",
] as const;
export const deliveryModes = [
	"AT_MOST_ONCE",
	"AT_LEAST_ONCE",
	"EXACTLY_ONCE",
] as const;
export const consistencies = ["EVENTUAL", "STRONG"] as const;
export const durabilities = ["TRANSIENT", "PERSISTENT"] as const;

export const ticketSlaSchema = record({
	/** Unix epoch, ms: a promise that is watched, not a limit that kills. */
	deadline: timestampMs,
	timeout_ms: long,
	/** How often the worker retries inside one attempt. */
	max_retries: int,
});

export const ticketQosSchema = record({
	delivery_mode: symbols(deliveryModes),
	consistency: symbols(consistencies),
	durability: symbols(durabilities),
});

/** What we write to `execution.tickets` as Avro; one record a publication (attempt). */
export const executionTicketSchema = record({
	ticket_id: Type.String(),
	plan_id: Type.String(),
	intent_id: Type.String(),
	decision_id: Type.String(),
	correlation_id: nullable(Type.String()),
	trace_id: nullable(Type.String()),
	span_id: nullable(Type.String()),
	task_id: Type.String(),
	task_type: symbols(taskTypes),
	description: Type.String(),
	/** Logical ids of the tickets that must complete first. */
	dependencies: Type.Array(Type.String()),
	status: symbols(ticketStatuses),
	priority: symbols(ticketPriorities),
	risk_band: symbols(riskBands),
	sla: ticketSlaSchema,
	qos: ticketQosSchema,
	parameters: map(Type.String()),
	required_capabilities: Type.Array(Type.String()),
	security_level: symbols(securityLevels),
	created_at: timestampMs,
	started_at: nullable(timestampMs),
	completed_at: nullable(timestampMs),
	estimated_duration_ms: nullable(long),
	actual_duration_ms: nullable(long),
	retry_count: int,
	error_message: nullable(Type.String()),
	compensation_ticket_id: nullable(Type.String()),
	metadata: map(Type.String()),
	schema_version: int,
});

/** The same as JSON, without a schema registry: parameters are of whatever type the plan gives them. */
export const jsonTicketSchema = record({
	...executionTicketSchema.properties,
	parameters: map(
		Type.Unknown({
			description: "As the plan has it; text where tickets go out as Avro",
		}),
	),
});

export type TaskType = (typeof taskTypes)[number];
export type TicketStatus = (typeof ticketStatuses)[number];
export type TicketPriority = (typeof ticketPriorities)[number];
export type SecurityLevel = (typeof securityLevels)[number];
export type DeliveryMode = (typeof deliveryModes)[number];
export type Consistency = (typeof consistencies)[number];
export type Durability = (typeof durabilities)[number];
export type TicketSla = Static<typeof ticketSlaSchema>;
export type TicketQos = Static<typeof ticketQosSchema>;
export type ExecutionTicket = Static<typeof jsonTicketSchema>;
export type AvroTicket = Static<typeof executionTicketSchema>;
