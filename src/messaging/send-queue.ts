import { type ErrorCode, OrchestratorError } from "../errors.ts";
import type { OutgoingRecord } from "../plans/records.ts";
import type { RecordPosition } from "./outgoing-message.ts";

export interface QueuedMessage {
	readonly message: OutgoingRecord;
	/** Its bytes in a batch. */
	readonly bytes: number;
	readonly deadlineAtMs: number;
	/** False once its sender has been answered. */
	isWanted(): boolean;
	acknowledge(position: RecordPosition): void;
	/** Remembers why an attempt failed, for the sender's error. */
	note(error: unknown): void;
	/** Fails its sender at once; `forGood`: Kafka will never accept this message. */
	refuse(error: unknown, forGood?: boolean): void;
}

export interface SendBounds {
	timeoutMs: number;
	/** Aborting drops messages that were not sent yet. */
	signal?: AbortSignal | undefined;
}

export interface SendQueue {
	/**
	 * Resolves when all are acknowledged; rejects with PUBLISH_UNCONFIRMED after `timeoutMs` or with the
	 * signal at the latest, with PUBLISH_REFUSED when one of them will never be taken.
	 */
	add(
		messages: readonly OutgoingRecord[],
		bounds: SendBounds,
	): Promise<RecordPosition[]>;
	/** The next messages of one request, in order; none when the queue is empty. */
	take(): QueuedMessage[];
	/** Fails all waiting messages. */
	clear(reason: string): void;
}

/** Brokers refuse a batch above 1 MB; all of a request may go to one partition. */
const REQUEST_BYTES = 900_000;
/** kafkajs needs quadratic time to group messages. */
const REQUEST_MESSAGES = 1_000;
/** At most this many bytes wait in memory while Kafka is away. */
const QUEUE_BYTES = 64 * 1_048_576;

/** One queue for the messages of all senders; a sender is answered with its last message. */
export function createSendQueue(brokers: string): SendQueue {
	const waiting: QueuedMessage[] = [];
	/**
	 * Messages before this index are sent: cutting the list for each request would grow slow with its length.
	 */
	let first = 0;
	let waitingBytes = 0;

	function shift(count: number): QueuedMessage[] {
		const taken = waiting.slice(first, first + count);
		first += taken.length;
		for (const { bytes } of taken) waitingBytes -= bytes;
		if (first * 2 > waiting.length) {
			waiting.splice(0, first);
			first = 0;
		}
		return taken;
	}

	/** Messages at the head whose senders have been answered already. */
	function unwantedCount(): number {
		let count = 0;
		while (waiting[first + count]?.isWanted() === false) count += 1;
		return count;
	}

	/** Messages at the head that go into one request. */
	function requestCount(): number {
		let bytes = 0;
		let count = 0;
		for (; first + count < waiting.length; count += 1) {
			bytes += (waiting[first + count] as QueuedMessage).bytes;
			if (count > 0 && (bytes > REQUEST_BYTES || count >= REQUEST_MESSAGES))
				break;
		}
		return count;
	}

	return {
		async add(messages, bounds) {
			if (messages.length === 0) return [];
			const sizes = messages.map(bytesOf);
			const bytes = sizes.reduce((sum, size) => sum + size, 0);
			if (waitingBytes > 0 && waitingBytes + bytes > QUEUE_BYTES) {
				throw new OrchestratorError(
					"PUBLISH_UNCONFIRMED",
					`too many messages wait for Kafka at ${brokers}; nothing of this was sent`,
					{ waitingBytes },
				);
			}
			const { queued, positions } = createSend(messages, bounds, brokers);
			for (const [index, one] of queued.entries())
				waiting.push({ ...one, bytes: sizes[index] as number });
			waitingBytes += bytes;
			return await positions;
		},
		take() {
			shift(unwantedCount());
			return shift(requestCount()).filter(({ isWanted }) => isWanted());
		},
		clear(reason) {
			for (const queued of shift(waiting.length - first))
				queued.refuse(new Error(reason));
		},
	};
}

function createSend(
	messages: readonly OutgoingRecord[],
	{ timeoutMs, signal }: SendBounds,
	brokers: string,
) {
	const { promise, resolve, reject } =
		Promise.withResolvers<RecordPosition[]>();
	const positions: RecordPosition[] = new Array(messages.length);
	const deadlineAtMs = Date.now() + timeoutMs;
	let missing = messages.length;
	let wanted = true;
	let lastError: unknown;

	function fail(
		cause: unknown,
		why: string,
		code: ErrorCode = "PUBLISH_UNCONFIRMED",
	): void {
		if (!wanted) return;
		wanted = false;
		cease();
		const topics = [...new Set(messages.map(({ topic }) => topic))].join(", ");
		const reason = cause instanceof Error ? `: ${cause.message}` : "";
		reject(
			new OrchestratorError(
				code,
				`cannot publish ${messages.length} messages to ${topics}: ${why}${reason}`,
				{ cause, topics },
			),
		);
	}
	const timer = setTimeout(() => {
		fail(
			lastError,
			`Kafka at ${brokers} did not acknowledge within ${timeoutMs} ms (timeout)`,
		);
	}, timeoutMs);
	const abandon = () => fail(lastError, "its sender gave up");
	signal?.addEventListener("abort", abandon, { once: true });

	function cease(): void {
		clearTimeout(timer);
		signal?.removeEventListener("abort", abandon);
	}

	const queued = messages.map(
		(message, index): Omit<QueuedMessage, "bytes"> => ({
			message,
			deadlineAtMs,
			isWanted: () => wanted,
			acknowledge(position) {
				positions[index] = position;
				missing -= 1;
				if (missing > 0 || !wanted) return;
				wanted = false;
				cease();
				resolve(positions);
			},
			note: (error) => {
				lastError = error;
			},
			refuse: (error, forGood = false) =>
				forGood
					? fail(
							error,
							`Kafka at ${brokers} refused ${messages.reduce((sum, message) => sum + bytesOf(message), 0)} bytes`,
							"PUBLISH_REFUSED",
						)
					: fail(error, `Kafka at ${brokers} refused`),
		}),
	);
	return { queued, positions: promise };
}

/** The bytes of a record in a batch, rounded up. */
function bytesOf({ key, value, headers }: OutgoingRecord): number {
	const headerBytes = headers.reduce(
		(sum, { name, value }) => sum + 3 * name.length + (value?.length ?? 0) + 10,
		0,
	);
	return value.length + (key?.length ?? 0) + headerBytes + 32;
}
