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

export const executionStatuses = ["COMPLETED", "FAILED", "RUNNING"] as const;

export const executionResultPayloadSchema = record({
	success: Type.Boolean(),
	output: map(Type.String()),
	metadata: map(Type.String()),
	logs: Type.Array(Type.String()),
});

/** What a worker agent writes to `execution.results` about one attempt. */
export const executionResultSchema = record({
	/** Wire id: names the attempt. */
	ticket_id: Type.String(),
	status: symbols(executionStatuses),
	result: executionResultPayloadSchema,
	error_message: nullable(Type.String()),
	actual_duration_ms: nullable(long),
	agent_id: Type.String(),
	timestamp: timestampMs,
	schema_version: int,
});

export type ExecutionStatus = (typeof executionStatuses)[number];
export type ExecutionResultPayload = Static<
	typeof executionResultPayloadSchema
>;
export type ExecutionResult = Static<typeof executionResultSchema>;
