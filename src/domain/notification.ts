import type { PlanNotification } from "../../schemas/plan-notification.ts";
import type { SlaAlert } from "../../schemas/sla-alert.ts";
import type { PlanDocument } from "./documents.ts";
import { isFinalStatus } from "./plan-run.ts";
import { nameUuid } from "./ticket-ids.ts";

/** What a notification says of a plan. */
export type NotifiedPlan = Pick<
	PlanDocument,
	| "plan_id"
	| "workflow_id"
	| "run_id"
	| "status"
	| "finished_at"
	| "error_message"
	| "tickets_generated"
	| "tickets_completed"
	| "sla_deadline"
	| "approval"
> & { former_rounds?: readonly { round: number }[] };

/** What the plan's document alone gives reason to tell: its end, or that it waits for a person. */
export function planNotifications(plan: NotifiedPlan): PlanNotification[] {
	const { status, finished_at, approval } = plan;
	if (isFinalStatus(status)) {
		const { error_message, tickets_generated, tickets_completed } = plan;
		const { sla_deadline } = plan;
		const counts = { tickets_completed, tickets_generated };
		const details = { error_message, ...counts, sla_deadline };
		return [notification(plan, "plan.ended", finished_at ?? 0, details)];
	}
	if (status !== "AWAITING_APPROVAL" || approval === null) return [];
	const { requested_at, expires_at } = approval;
	return [
		notification(plan, "plan.awaiting_approval", requested_at, { expires_at }),
	];
}

/** The first alert about the plan as a whole; undefined: the alert is another one. */
export function riskNotification(
	plan: NotifiedPlan,
	{ event_type, alert_type, ticket_id, timestamp, context }: SlaAlert,
): PlanNotification | undefined {
	if (event_type !== "ALERT" || alert_type !== "DEADLINE_APPROACHING")
		return undefined;
	if (ticket_id !== null) return undefined;
	const { reason, sla_deadline, predicted_end, path } = context;
	const details = { reason, sla_deadline, predicted_end, path };
	return notification(
		plan,
		"plan.deadline_at_risk",
		Date.parse(timestamp),
		details,
	);
}

/** A plan that is run again after its end is told of anew; otherwise each event once. */
function notification(
	{ plan_id, workflow_id, run_id, status, former_rounds }: NotifiedPlan,
	event: PlanNotification["event"],
	atMs: number,
	details: Record<string, unknown>,
): PlanNotification {
	const round = former_rounds?.at(-1)?.round ?? "";
	return {
		notification_id: nameUuid(
			`${workflow_id}:${run_id}/${round}/${event}/notification`,
		),
		...{ event, plan_id, workflow_id, status },
		timestamp: new Date(atMs).toISOString(),
		details,
	};
}

const FIRST_BACKOFF_MS = 10_000;
const MAX_BACKOFF_MS = 3_600_000;

/** The wait before the next try, after so many. */
export function notificationBackoffMs(tries: number): number {
	return Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(tries, 20), MAX_BACKOFF_MS);
}
