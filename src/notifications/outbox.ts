import { notificationBackoffMs } from "../domain/notification.ts";
import { hasCode } from "../errors.ts";
import type { Log } from "../log.ts";
import { isOnlyDuplicates } from "../storage/duplicate-keys.ts";
import type { Mongo } from "../storage/storage-context.ts";

const KEPT_MS = 30 * 86_400_000;
/** Nobody wants to hear of it later. */
const GIVE_UP_MS = 24 * 3_600_000;
/** A process that dies with a message gives it back after that. */
const LEASE_MS = 60_000;
/** One turn delivers so many, so that another outbox waits for a slow receiver only so long. */
const MOST_A_TURN = 20;

export interface OutboxOptions<T> {
	/** What is kept until it is delivered: notifications about plans, requests to the self-healing engine. */
	collection: "notifications" | "remediations";
	idOf(message: T): string;
	/** Every channel gets each message; if one fails, all get it again. Throws when it may not have arrived. */
	channels: readonly ((message: T) => Promise<void>)[];
	count(message: T, outcome: "sent" | "failed" | "given_up"): void;
	log: Log;
}

/** Messages until they are delivered. Every call throws STORE_UNAVAILABLE when MongoDB is away. */
export interface Outbox<T> {
	/** Keeps what is not known yet. Safe to repeat. */
	put(messages: readonly T[], nowMs: number): Promise<void>;
	/**
	 * Delivers what is due, oldest first: no process takes what another has at this moment. What fails comes
	 * again later, and is given up after a day. Answers whether more may be due. At-least-once.
	 */
	deliverDue(nowMs: number): Promise<boolean>;
}

export function createOutbox<T>(
	mongo: Mongo,
	{ collection, idOf, channels, count, log }: OutboxOptions<T>,
): Outbox<T> {
	const on = { collection };
	const update = async (name: string, id: string, fields: object) =>
		void (await mongo.run({ ...on, name }, (target) =>
			target.updateOne({ _id: id }, { $set: fields }),
		));
	const takeDue = (nowMs: number) =>
		mongo.run({ ...on, name: "take" }, (target) =>
			target.findOneAndUpdate(
				{ state: "open", next_try_at: { $lte: nowMs } },
				{ $set: { next_try_at: nowMs + LEASE_MS }, $inc: { tries: 1 } },
				{ sort: { next_try_at: 1 }, returnDocument: "after" },
			),
		);

	/** False: what comes next would most likely fail as well. */
	async function deliver(
		due: { _id: string; message: T; tries: number; created_at: number },
		nowMs: number,
	): Promise<boolean> {
		const { _id: id, message } = due;
		try {
			for (const channel of channels) await channel(message);
			await update("sent", id, { state: "sent" });
			count(message, "sent");
			return true;
		} catch (error) {
			if (hasCode(error, "STORE_UNAVAILABLE")) throw error;
			const isOver = nowMs - due.created_at > GIVE_UP_MS;
			await update("failed", id, {
				state: isOver ? "failed" : "open",
				next_try_at: nowMs + notificationBackoffMs(due.tries),
				error: String(error).slice(0, 500),
			});
			const outcome = isOver ? "given_up" : "failed";
			count(message, outcome);
			log.warn({ error, id, outcome }, "message not delivered");
			return false;
		}
	}

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

		async deliverDue(nowMs) {
			for (let delivered = 0; delivered < MOST_A_TURN; delivered += 1) {
				const due = await takeDue(nowMs);
				if (due === null || !(await deliver(due as never, nowMs))) return false;
			}
			return true;
		},
	};
}
