import { notificationBackoffMs } from "../domain/notification.ts";
import { isOnlyDuplicates } from "../storage/duplicate-keys.ts";
import type { Mongo } from "../storage/storage-context.ts";

/** What is kept until it is delivered: notifications about plans, requests to the self-healing engine. */
export type OutboxCollection = "notifications" | "remediations";
const KEPT_MS = 30 * 86_400_000;
/** Nobody wants to hear of it later. */
const GIVE_UP_MS = 24 * 3_600_000;
/** A process that dies with a message gives it back after that. */
const LEASE_MS = 60_000;

/** A message that this process is to deliver. */
export interface DueMessage<T> {
	message: T;
	/** This one included. */
	tries: number;
	createdAtMs: number;
}

/** Messages until they are delivered. Every call throws STORE_UNAVAILABLE when it cannot be made. */
export interface Outbox<T> {
	/** Keeps what is not known yet. Safe to repeat. */
	put(messages: readonly T[], nowMs: number): Promise<void>;
	/** Takes one that is due, for a minute; undefined: none is. */
	take(nowMs: number): Promise<DueMessage<T> | undefined>;
	markSent(id: string): Promise<void>;
	/** Tries it again later, or gives it up after a day; answers whether it was given up. */
	markFailed(
		due: DueMessage<T>,
		error: string,
		nowMs: number,
	): Promise<boolean>;
}

export function createOutbox<T>(
	mongo: Mongo,
	collection: OutboxCollection,
	idOf: (message: T) => string,
): Outbox<T> {
	const on = { collection };
	const update = async (name: string, id: string, fields: object) =>
		void (await mongo.run({ ...on, name }, (target) =>
			target.updateOne({ _id: id }, { $set: fields }),
		));
	return {
		async put(messages, nowMs) {
			if (messages.length === 0) return;
			await mongo.run({ ...on, name: "put" }, async (target) => {
				const documents = messages.map((message) => ({
					_id: idOf(message),
					state: "open",
					...{ message, tries: 0, created_at: nowMs, next_try_at: nowMs },
					expires_at: new Date(nowMs + KEPT_MS),
				}));
				await target
					.insertMany(documents, { ordered: false })
					.catch((error: unknown) => {
						// Nothing is changed of those that are known already.
						if (!isOnlyDuplicates(error)) throw error;
					});
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
			const { message, tries, created_at } = found;
			return { message, tries, createdAtMs: created_at };
		},

		markSent: (id) => update("sent", id, { state: "sent" }),

		async markFailed({ message, tries, createdAtMs }, error, nowMs) {
			const isOver = nowMs - createdAtMs > GIVE_UP_MS;
			await update("failed", idOf(message), {
				state: isOver ? "failed" : "open",
				next_try_at: nowMs + notificationBackoffMs(tries),
				error: error.slice(0, 500),
			});
			return isOver;
		},
	};
}
