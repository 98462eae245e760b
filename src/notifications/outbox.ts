import { MongoBulkWriteError } from "mongodb";
import type { PlanNotification } from "../../schemas/plan-notification.ts";
import { notificationBackoffMs } from "../domain/notification.ts";
import type { Mongo } from "../storage/storage-context.ts";

export const NOTIFICATIONS = "notifications";
const KEPT_MS = 30 * 86_400_000;
/** Nobody wants to hear of it later. */
const GIVE_UP_MS = 24 * 3_600_000;
/** A process that dies with a notification gives it back after that. */
const LEASE_MS = 60_000;
const DUPLICATE_KEY = 11_000;

/** A notification that this process is to deliver. */
export interface DueNotification {
	notification: PlanNotification;
	/** This one included. */
	tries: number;
	createdAtMs: number;
}

/** Notifications until they are delivered. Every call throws STORE_UNAVAILABLE when it cannot be made. */
export interface NotificationOutbox {
	/** Keeps what is not known yet. Safe to repeat. */
	put(notifications: readonly PlanNotification[], nowMs: number): Promise<void>;
	/** Takes one that is due, for a minute; undefined: none is. */
	take(nowMs: number): Promise<DueNotification | undefined>;
	markSent(id: string): Promise<void>;
	/** Tries it again later, or gives it up after a day; answers whether it was given up. */
	markFailed(
		due: DueNotification,
		error: string,
		nowMs: number,
	): Promise<boolean>;
}

export function createNotificationOutbox(mongo: Mongo): NotificationOutbox {
	const on = { collection: NOTIFICATIONS };
	const update = async (name: string, id: string, fields: object) =>
		void (await mongo.run({ ...on, name }, (target) =>
			target.updateOne({ _id: id }, { $set: fields }),
		));
	return {
		async put(notifications, nowMs) {
			if (notifications.length === 0) return;
			await mongo.run({ ...on, name: "put" }, async (target) => {
				const documents = notifications.map((notification) => ({
					_id: notification.notification_id,
					state: "open",
					...{ notification, tries: 0, created_at: nowMs, next_try_at: nowMs },
					expires_at: new Date(nowMs + KEPT_MS),
				}));
				await target
					.insertMany(documents, { ordered: false })
					.catch(ignoreKnown);
			});
		},

		async take(nowMs) {
			const found = await mongo.run({ ...on, name: "take" }, (target) =>
				target.findOneAndUpdate(
					{ state: "open", next_try_at: { $lte: nowMs } },
					{ $set: { next_try_at: nowMs + LEASE_MS }, $inc: { tries: 1 } },
					{ sort: { next_try_at: 1 }, returnDocument: "after" },
				),
			);
			if (found === null) return undefined;
			const { notification, tries, created_at } = found;
			return { notification, tries, createdAtMs: created_at };
		},

		markSent: (id) => update("sent", id, { state: "sent" }),

		async markFailed({ notification, tries, createdAtMs }, error, nowMs) {
			const isOver = nowMs - createdAtMs > GIVE_UP_MS;
			await update("failed", notification.notification_id, {
				state: isOver ? "failed" : "open",
				next_try_at: nowMs + notificationBackoffMs(tries),
				error: error.slice(0, 500),
			});
			return isOver;
		},
	};
}

/** Of those that are known already nothing is changed. */
function ignoreKnown(error: unknown): void {
	if (!(error instanceof MongoBulkWriteError)) throw error;
	const errors = Array.isArray(error.writeErrors)
		? error.writeErrors
		: [error.writeErrors];
	if (errors.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
}
