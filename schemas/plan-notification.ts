import Type, { type Static } from "typebox";
import { record, symbols } from "./avro-types.ts";

export const notificationEvents = [
	"plan.ended",
	"plan.awaiting_approval",
	"plan.deadline_at_risk",
] as const;

/** What a webhook gets, and what we write to `plan.notifications`. JSON only. */
export const planNotificationSchema = record({
	/** The same whenever it is sent again. */
	notification_id: Type.String(),
	event: symbols(notificationEvents),
	plan_id: Type.String(),
	workflow_id: Type.String(),
	/** Of the plan, when it was noticed. */
	status: Type.String(),
	/** ISO 8601: when it happened. */
	timestamp: Type.String(),
	details: Type.Object(
		{},
		{
			additionalProperties: true,
			description:
				"plan.ended: error_message, tickets_completed, tickets_generated, sla_deadline; plan.awaiting_approval: expires_at (Unix epoch, ms); plan.deadline_at_risk: reason, sla_deadline, predicted_end, path",
		},
	),
});

export type PlanNotification = Omit<
	Static<typeof planNotificationSchema>,
	"details"
> & { details: Record<string, unknown> };
