import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";

/** A ticket with every field, text beyond ASCII and nulls where they may be. */
export const ticket: ExecutionTicket = {
	ticket_id: "7d7bd8c6-9f0e-5d4c-8f3e-0123456789ab",
	plan_id: "plan-1",
	intent_id: "intenção-é-日本",
	decision_id: "d-1",
	correlation_id: null,
	trace_id: "t".repeat(32),
	span_id: null,
	task_id: "a",
	task_type: "BUILD",
	description: "",
	dependencies: ["x"],
	status: "PENDING",
	priority: "HIGH",
	risk_band: "low",
	sla: { deadline: 1_800_000_000_000, timeout_ms: 1_000, max_retries: 3 },
	qos: {
		delivery_mode: "EXACTLY_ONCE",
		consistency: "STRONG",
		durability: "PERSISTENT",
	},
	parameters: { "a b": "c" },
	required_capabilities: [],
	security_level: "INTERNAL",
	created_at: 1_700_000_000_000,
	started_at: null,
	completed_at: null,
	estimated_duration_ms: 5,
	actual_duration_ms: null,
	retry_count: 0,
	error_message: null,
	compensation_ticket_id: null,
	metadata: {},
	schema_version: 1,
};

/** A payload behind Confluent's frame: a zero byte and the id of its schema. */
export function framed(id: number, payload: Buffer | string): Buffer {
	const frame = Buffer.alloc(5);
	frame.writeUInt32BE(id, 1);
	return Buffer.concat([frame, Buffer.from(payload as string)]);
}
