import { setTimeout as sleep } from "node:timers/promises";
import { settlesWithin } from "../deadline.ts";
import { OrchestratorError } from "../errors.ts";
import type { OutgoingRecord } from "../plans/records.ts";
import {
	judgeProduceError,
	type ProduceVerdict,
} from "./judge-produce-error.ts";
import type { KafkaSettings } from "./kafka-client.ts";
import type { RecordPosition } from "./outgoing-message.ts";
import { createProducerLink, type ProducerLink } from "./producer-link.ts";
import {
	createSendQueue,
	type QueuedMessage,
	type SendBounds,
} from "./send-queue.ts";

export type { OutgoingRecord, RecordPosition };

export interface ProducerSettings extends KafkaSettings {
	compression: "gzip" | "none";
}

export interface Producer {
	/**
	 * Resolves only after the brokers acknowledged every message, with their positions in the order of the
	 * input. Rejects with PUBLISH_UNCONFIRMED, within `timeoutMs` (default 30 s) when Kafka does not answer:
	 * then each message may or may not be on its topic. At-least-once: a message can be there twice after a
	 * broken connection. Aborting the signal drops messages that were not sent yet. Rejects with PUBLISH_REFUSED
	 * when the brokers will never take one of the messages.
	 */
	send(
		messages: readonly OutgoingRecord[],
		options?: Partial<SendBounds>,
	): Promise<RecordPosition[]>;
	/** Sends the queued messages, bounded in time, and rejects the rest. */
	close(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 10_000;
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 2_000;
/** Metadata of a newly created topic spreads within this many attempts. */
const MISSING_TOPIC_ATTEMPTS = 4;
/** kafkajs has states it never leaves; after so many failures in a row a fresh producer is worth a duplicate. */
const RENEW_AFTER_ATTEMPTS = 8;

/**
 * An idempotent producer with acks from all replicas. Starts without Kafka, connects with the first message
 * and again after an outage. Messages sent within one tick, or while a request is under way, share the next
 * request.
 */
export async function createProducer(
	settings: ProducerSettings,
): Promise<Producer> {
	const link = createProducerLink(settings, settings.compression);
	const queue = createSendQueue(settings.brokers.join(", "));
	let pumping: Promise<void> | undefined;
	let closed = false;

	async function pump(): Promise<void> {
		// Sends of the same tick join the first request.
		await new Promise(setImmediate);
		for (;;) {
			const request = queue.take();
			if (request.length === 0) break;
			await deliver(link, request, settings);
		}
		pumping = undefined;
	}

	return {
		async send(messages, { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = {}) {
			if (closed) {
				throw new OrchestratorError(
					"PUBLISH_UNCONFIRMED",
					"cannot publish: the producer is closed",
				);
			}
			const positions = queue.add(messages, { timeoutMs, signal });
			pumping ??= pump();
			return await positions;
		},
		async close() {
			closed = true;
			if (pumping) await settlesWithin(CLOSE_TIMEOUT_MS, pumping);
			queue.clear("the producer was closed");
			await link.close();
		},
	};
}

/** Ends when every message of the request is acknowledged or its sender no longer waits. */
async function deliver(
	link: ProducerLink,
	request: readonly QueuedMessage[],
	settings: ProducerSettings,
): Promise<void> {
	for (
		let attempt = 1;
		request.some(({ isWanted }) => isWanted());
		attempt += 1
	) {
		try {
			const positions = await link.send(request.map(({ message }) => message));
			for (const [index, queued] of request.entries()) {
				queued.acknowledge(positions[index] as RecordPosition);
			}
			return;
		} catch (error) {
			for (const queued of request) queued.note(error);
			const verdict = judge(error, attempt);
			settings.log.warn(
				{ attempt, verdict, messages: request.length, error: String(error) },
				"Kafka did not take a request",
			);
			// Sequence numbers belong to the exact request, so a split needs a fresh producer as well.
			if (verdict !== "retry" || attempt % RENEW_AFTER_ATTEMPTS === 0)
				link.renew();
			if (verdict === "bad-topic" || verdict === "bad-record") {
				return await isolate(link, request, settings, { error, verdict });
			}
			await waitBefore(attempt + 1, request);
		}
	}
}

function judge(error: unknown, attempt: number): ProduceVerdict {
	const verdict = judgeProduceError(error);
	if (verdict !== "missing-topic") return verdict;
	return attempt < MISSING_TOPIC_ATTEMPTS ? "retry" : "bad-topic";
}

/**
 * A bad message must not fail the others of its request: splits the request until the bad message is alone.
 */
async function isolate(
	link: ProducerLink,
	request: readonly QueuedMessage[],
	settings: ProducerSettings,
	{ error, verdict }: { error: unknown; verdict: "bad-topic" | "bad-record" },
): Promise<void> {
	const byTopic = Object.values(
		Object.groupBy(request, ({ message }) => message.topic),
	) as QueuedMessage[][];
	const middle = Math.ceil(request.length / 2);
	const halves = [request.slice(0, middle), request.slice(middle)];
	const parts = byTopic.length > 1 ? byTopic : halves;
	if (
		request.length === 1 ||
		(verdict === "bad-topic" && byTopic.length === 1)
	) {
		for (const queued of request)
			queued.refuse(error, verdict === "bad-record");
		return;
	}
	for (const part of parts) await deliver(link, part, settings);
}

async function waitBefore(
	attempt: number,
	request: readonly QueuedMessage[],
): Promise<void> {
	const backoffMs = Math.min(
		FIRST_BACKOFF_MS * 2 ** (attempt - 2),
		MAX_BACKOFF_MS,
	);
	const leftMs =
		Math.max(...request.map(({ deadlineAtMs }) => deadlineAtMs)) - Date.now();
	await sleep(Math.max(0, Math.min(backoffMs, leftMs)));
}
