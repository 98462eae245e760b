import { hasCode } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { NotificationOutbox } from "./outbox.ts";
import type { DeliverNotification } from "./webhook.ts";

export interface DeliveryDeps {
	outbox: NotificationOutbox;
	/** Every channel gets each notification; if one fails, all get it again. */
	channels: readonly DeliverNotification[];
	metrics: Pick<Metrics, "notifications">;
	log: Log;
}

/** One turn delivers so many, so that the other work of the turn waits for a slow webhook only so long. */
const MOST_A_TURN = 20;

/** Delivers what is due, oldest first. At-least-once. Throws STORE_UNAVAILABLE. */
export async function deliverNotifications(
	{ outbox, channels, metrics, log }: DeliveryDeps,
	nowMs: number,
): Promise<void> {
	for (let count = 0; count < MOST_A_TURN; count += 1) {
		const due = await outbox.take(nowMs);
		if (due === undefined) return;
		const { notification } = due;
		const { event, notification_id } = notification;
		try {
			for (const deliver of channels) await deliver(notification);
			await outbox.markSent(notification_id);
			metrics.notifications.inc({ event, outcome: "sent" });
		} catch (error) {
			if (hasCode(error, "STORE_UNAVAILABLE")) throw error;
			const isOver = await outbox.markFailed(due, String(error), nowMs);
			const outcome = isOver ? "given_up" : "failed";
			metrics.notifications.inc({ event, outcome });
			log.warn({ error, notification_id, outcome }, "notification not sent");
			// What comes next would most likely fail as well.
			return;
		}
	}
}
