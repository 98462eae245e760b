import Type, { type Static } from "typebox";
import { nullable, record, symbols, timestampMs } from "./avro-types.ts";

export const incidentTypes = [
	"INCONSISTENCY",
	"SLA_VIOLATION",
	"TICKET_TIMEOUT",
	"WORKER_FAILURE",
] as const;

/** What we write to `orchestration.incidents`. */
export const orchestrationIncidentSchema = record({
	incident_id: Type.String(),
	workflow_id: Type.String(),
	incident_type: symbols(incidentTypes),
	/** Free text: INFO, WARNING, CRITICAL. */
	severity: Type.String(),
	details: Type.Array(Type.String()),
	affected_tickets: Type.Array(Type.String()),
	correlation_id: Type.String(),
	trace_id: Type.String(),
	recommended_playbook: nullable(Type.String()),
	auto_remediation_enabled: nullable(Type.Boolean()),
	escalation_required: nullable(Type.Boolean()),
	created_at: timestampMs,
	/** JSON: `{tickets: [{ticket_id, task_id, outcome, error_message, attempts}]}`, the first ones. */
	evidence: nullable(Type.String()),
	/** A sentence: what a person may do. */
	suggested_action: nullable(Type.String()),
	/** SHA-256, hex. */
	hash: Type.String(),
});

export type IncidentType = (typeof incidentTypes)[number];
export type OrchestrationIncident = Static<typeof orchestrationIncidentSchema>;
