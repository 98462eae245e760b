import type { SelfHealing } from "../../activities/publish-incident.ts";
import type { PlanNotification } from "../../schemas/plan-notification.ts";
import type { RemediationRequest } from "../domain/remediation.ts";
import { hasCode } from "../errors.ts";
import { deliverDue, tryDeliver } from "../notifications/deliver.ts";
import { createOutbox } from "../notifications/outbox.ts";
import { createSelfHealing } from "../notifications/self-healing.ts";
import {
	createWebhook,
	type DeliverNotification,
} from "../notifications/webhook.ts";
import type { Parts } from "./parts.ts";
import { repeatTurns } from "./repeat-turns.ts";

/** Between two looks for messages that are due. */
const DELIVERY_PAUSE_MS = 10_000;

/** What keeps messages to others until they are delivered. */
export interface Deliveries {
	/** undefined: nobody wants to be told of plans. */
	notify: ((some: PlanNotification[]) => Promise<void>) | undefined;
	/** undefined: there is no self-healing engine. */
	healing: SelfHealing | undefined;
}

/** Delivers what is kept for webhook, topic and self-healing engine, together with every other process of role `worker`. */
export async function startDeliveries(
	parts: Parts,
	publishNotification: DeliverNotification,
): Promise<Deliveries> {
	const notifications = openNotifications(parts, publishNotification);
	const remediations = openRemediations(parts);
	const turns = [notifications, remediations].flatMap((one) =>
		one === undefined ? [] : [one.deliver],
	);
	if (turns.length > 0)
		await repeatTurns(parts, {
			name: "deliveries",
			turn: () => tryDeliver(turns, parts.log),
			pauseMs: DELIVERY_PAUSE_MS,
		});
	return { notify: notifications?.notify, healing: remediations?.healing };
}

function openNotifications(
	{ config, mongo, metrics, log }: Parts,
	publishNotification: DeliverNotification,
) {
	const { webhook, toTopic, isOn } = config.notifications;
	if (!isOn) return undefined;
	const idOf = ({ notification_id }: PlanNotification) => notification_id;
	const outbox = createOutbox(mongo, "notifications", idOf);
	const channels = [
		...(webhook === undefined ? [] : [createWebhook(webhook)]),
		...(toTopic ? [publishNotification] : []),
	];
	const count = ({ event }: PlanNotification, outcome: string) =>
		metrics.notifications.inc({ event, outcome });
	return {
		notify: (some: PlanNotification[]) => outbox.put(some, Date.now()),
		deliver: (nowMs: number) =>
			deliverDue({ outbox, idOf, channels, count, log }, nowMs),
	};
}

function openRemediations({ config, mongo, metrics, log }: Parts) {
	const { selfHealing } = config.notifications;
	if (selfHealing === undefined) return undefined;
	const idOf = ({ remediation_id }: RemediationRequest) => remediation_id;
	const outbox = createOutbox(mongo, "remediations", idOf);
	const channels = [createSelfHealing(selfHealing)];
	const count = (_: RemediationRequest, outcome: string) =>
		metrics.remediations.inc({ outcome });
	const healing: SelfHealing = {
		async request(request) {
			try {
				await outbox.put([request], Date.now());
			} catch (error) {
				if (!hasCode(error, "STORE_UNAVAILABLE")) throw error;
				metrics.remediations.inc({ outcome: "lost" });
				log.warn({ error, id: idOf(request) }, "no remedy can be asked for");
			}
		},
	};
	return {
		healing,
		deliver: (nowMs: number) =>
			deliverDue({ outbox, idOf, channels, count, log }, nowMs),
	};
}
