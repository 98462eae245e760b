import Type, { type Static } from "typebox";
import { nullable, record, symbols } from "./avro-types.ts";

export const alertEvents = ["ALERT", "ALERT_CLEARED"] as const;
export const alertTypes = [
	"BUDGET_CRITICAL",
	"DEADLINE_APPROACHING",
	"BURN_RATE_HIGH",
] as const;
export const severities = ["CRITICAL", "WARNING"] as const;

/** What we write to `sla.alerts`. JSON only. */
export const slaAlertSchema = record({
	/** The same from the first alert about a subject until it is cleared. */
	alert_id: Type.String(),
	/** ALERT_CLEARED: what was told under this id is over. */
	event_type: symbols(alertEvents),
	alert_type: symbols(alertTypes),
	severity: symbols(severities),
	service_name: Type.String(),
	/** null: about an error budget, not a plan. */
	workflow_id: nullable(Type.String()),
	plan_id: nullable(Type.String()),
	/** null: about the plan as a whole. */
	ticket_id: nullable(Type.String()),
	/** ISO 8601. */
	timestamp: Type.String(),
	/** By alert type; fields may be added. */
	context: Type.Object(
		{},
		{
			additionalProperties: true,
			description:
				"DEADLINE_APPROACHING: reason (forecast, consumed, passed), sla_deadline and predicted_end (Unix epoch, ms), remaining_seconds, percent_consumed (0 to 1), path (task ids of the critical path), path_length. Budgets: slo_id, budget_remaining (0 to 1), status, burn_rates",
		},
	),
});

export type AlertType = (typeof alertTypes)[number];
export type Severity = (typeof severities)[number];
export type SlaAlert = Omit<Static<typeof slaAlertSchema>, "context"> & {
	context: Record<string, unknown>;
};
