import type { SelfHealing } from "../../activities/publish-incident.ts";
import type { PlanNotification } from "../../schemas/plan-notification.ts";
import type { RemediationRequest } from "../domain/remediation.ts";
import { hasCode } from "../errors.ts";
import { createSelfHealing, createWebhook } from "../notifications/channels.ts";
import { createOutbox, type Outbox } from "../notifications/outbox.ts";
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
	publishNotification: (notification: PlanNotification) => Promise<void>,
): Promise<Deliveries> {
	const { log } = parts;
	const notifications = openNotifications(parts, publishNotification);
	const remediations = openRemediations(parts);
	const outboxes = [notifications, remediations].filter((one) => one != null);
	if (outboxes.length > 0)
		await repeatTurns(parts, {
			name: "deliveries",
			async turn() {
				let isMore = false;
				for (const outbox of outboxes)
					try {
						if (await outbox.deliverDue(Date.now())) isMore = true;
					} catch (error) {
						if (!hasCode(error, "STORE_UNAVAILABLE")) throw error;
						log.warn({ error }, "messages cannot be delivered, trying again");
					}
				return isMore;
			},
			pauseMs: DELIVERY_PAUSE_MS,
		});
	return {
		notify: notifications && ((some) => notifications.put(some, Date.now())),
		healing: remediations && healingBy(remediations, parts),
	};
}

function openNotifications(
	{ config, mongo, metrics, log }: Parts,
	publishNotification: (notification: PlanNotification) => Promise<void>,
): Outbox<PlanNotification> | undefined {
	const { webhook, toTopic, isOn } = config.notifications;
	if (!isOn) return undefined;
	return createOutbox<PlanNotification>(mongo, {
		collection: "notifications",
		idOf: ({ notification_id }) => notification_id,
		channels: [
			...(webhook === undefined ? [] : [createWebhook(webhook)]),
			...(toTopic ? [publishNotification] : []),
		],
		count: ({ event }, outcome) =>
			metrics.notifications.inc({ event, outcome }),
		log,
	});
}

function openRemediations({
	config,
	mongo,
	metrics,
	log,
}: Parts): Outbox<RemediationRequest> | undefined {
	const { selfHealing } = config.notifications;
	if (selfHealing === undefined) return undefined;
	return createOutbox<RemediationRequest>(mongo, {
		collection: "remediations",
		idOf: ({ remediation_id }) => remediation_id,
		channels: [createSelfHealing(selfHealing)],
		count: (_, outcome) => metrics.remediations.inc({ outcome }),
		log,
	});
}

/** Asks for remedies durably; what cannot be kept is counted and logged, and nobody waits for it. */
export function healingBy(
	outbox: Pick<Outbox<RemediationRequest>, "put">,
	{ metrics, log }: Pick<Parts, "metrics" | "log">,
): SelfHealing {
	return {
		async request(request) {
			try {
				await outbox.put([request], Date.now());
			} catch (error) {
				if (!hasCode(error, "STORE_UNAVAILABLE")) throw error;
				metrics.remediations.inc({ outcome: "lost" });
				const id = request.remediation_id;
				log.warn({ error, id }, "no remedy can be asked for");
			}
		},
	};
}
