import { hasCode } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Outbox } from "./outbox.ts";

export type DeliveryOutcome = "sent" | "failed" | "given_up";

export interface DeliveryDeps<T> {
	outbox: Outbox<T>;
	idOf(message: T): string;
	/** Every channel gets each message; if one fails, all get it again. Throws when it may not have arrived. */
	channels: readonly ((message: T) => Promise<void>)[];
	count(message: T, outcome: DeliveryOutcome): void;
	log: Log;
}

/** One turn delivers so many, so that another outbox waits for a slow receiver only so long. */
const MOST_A_TURN = 20;

/** Delivers what is due, oldest first. At-least-once. Throws STORE_UNAVAILABLE. */
export async function deliverDue<T>(
	{ outbox, idOf, channels, count, log }: DeliveryDeps<T>,
	nowMs: number,
): Promise<void> {
	for (let delivered = 0; delivered < MOST_A_TURN; delivered += 1) {
		const due = await outbox.take(nowMs);
		if (due === undefined) return;
		const { message } = due;
		const id = idOf(message);
		try {
			for (const deliver of channels) await deliver(message);
			await outbox.markSent(id);
			count(message, "sent");
		} catch (error) {
			if (hasCode(error, "STORE_UNAVAILABLE")) throw error;
			const isOver = await outbox.markFailed(due, String(error), nowMs);
			const outcome = isOver ? "given_up" : "failed";
			count(message, outcome);
			log.warn({ error, id, outcome }, "message not delivered");
			// What comes next would most likely fail as well.
			return;
		}
	}
}

/** Delivers what is due in each outbox, one after the other. An outage of MongoDB is only logged: the next turn comes. */
export async function tryDeliver(
	deliveries: readonly ((nowMs: number) => Promise<void>)[],
	log: Log,
): Promise<void> {
	for (const deliver of deliveries)
		await deliver(Date.now()).catch((error: unknown) => {
			if (!hasCode(error, "STORE_UNAVAILABLE")) throw error;
			log.warn({ error }, "messages cannot be delivered, trying again");
		});
}
