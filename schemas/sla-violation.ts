import Type, { type Static } from "typebox";
import { int, long, nullable, record, symbols } from "./avro-types.ts";
import { severities } from "./sla-alert.ts";

/** What we write to `sla.violations`. JSON only. */
export const slaViolationSchema = record({
	/** Derived from subject and type: each has one violation. */
	violation_id: Type.String(),
	event_type: symbols(["VIOLATION"] as const),
	violation_type: symbols(["DEADLINE_EXCEEDED", "TIMEOUT"] as const),
	workflow_id: Type.String(),
	plan_id: Type.String(),
	/** null: the plan as a whole. */
	ticket_id: nullable(Type.String()),
	service_name: Type.String(),
	/** Unix epoch, ms. */
	sla_deadline: long,
	/** Unix epoch, ms. */
	actual_completion: long,
	/** DEADLINE_EXCEEDED: after the deadline; TIMEOUT: beyond what it may take. */
	delay_ms: long,
	/** 0 to 1; null: unknown. */
	budget_remaining: nullable(Type.Number()),
	severity: symbols(severities),
	metadata: record({
		/** Outcome of the ticket, or status of the plan. */
		status: Type.String(),
		retry_count: int,
		/**
		 * Where the duration is from: the worker (reported), begin to end by our clock (measured), or publication to
		 * end (elapsed).
		 */
		duration_source: symbols(["reported", "measured", "elapsed"] as const),
	}),
	/** ISO 8601. */
	timestamp: Type.String(),
});

export type SlaViolation = Static<typeof slaViolationSchema>;
