import { setTimeout as sleep } from "node:timers/promises";
import type {
	OutgoingMessage,
	Producer,
} from "../../src/messaging/producer.ts";

/** Sends messages of many callers together. */
export interface GatheredSends {
	/** Resolves once the brokers have acknowledged the message; tries until the signal fires. */
	send(message: OutgoingMessage, signal: AbortSignal): Promise<void>;
}

/** Results of a burst of tickets end within this time of each other. */
const LINGER_MS = 5;
const BATCH_MAX = 500;
const RETRY_MS = 500;

interface Parcel {
	message: OutgoingMessage;
	signal: AbortSignal;
	sent: PromiseWithResolvers<void>;
}

/** Gathers what is sent within a few milliseconds: one round trip instead of one per ticket. */
export function createGatheredSends(
	producer: Pick<Producer, "send">,
	onUnsent: (error: unknown) => void,
): GatheredSends {
	let gathered: Parcel[] = [];

	async function flush(): Promise<void> {
		const parcels = gathered.splice(0, BATCH_MAX);
		if (gathered.length > 0) setImmediate(() => void flush());
		// An agent that was killed in between says nothing more.
		const living = parcels.filter(isWanted);
		if (living.length === 0) return;
		try {
			await producer.send(living.map(({ message }) => message));
			for (const { sent } of living) sent.resolve();
		} catch (error) {
			onUnsent(error);
			await sleep(RETRY_MS);
			add(living);
		}
	}

	function add(parcels: Parcel[]): void {
		if (gathered.length === 0) setTimeout(() => void flush(), LINGER_MS);
		gathered = gathered.concat(parcels);
	}

	return {
		send(message, signal) {
			const sent = Promise.withResolvers<void>();
			add([{ message, signal, sent }]);
			return sent.promise;
		},
	};
}

function isWanted({ signal, sent }: Parcel): boolean {
	if (signal.aborted) sent.reject(signal.reason);
	return !signal.aborted;
}
