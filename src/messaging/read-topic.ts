import { randomUUID } from "node:crypto";
import { createBatchConsumer } from "./consumer.ts";
import type { IncomingMessage } from "./incoming-message.ts";
import { createKafkaClient, type KafkaSettings } from "./kafka-client.ts";

export interface ReadTopicOptions {
	topic: string;
	/** A group of its own is made with this as the beginning of its name, and deleted afterwards. */
	groupPrefix: string;
	/** Told of the records in batches, each partition's in order. */
	take(messages: readonly IncomingMessage[]): void;
	/** Aborting stops the reading. */
	signal: AbortSignal;
	/** After this time without a record, reading fails. Default 30 s. */
	idleTimeoutMs?: number;
}

/**
 * Reads every record that is on a topic now, from its beginning. Resolves when all records were handled;
 * rejects with Kafka's own error, or when it stops answering.
 */
export async function readTopic(
	settings: KafkaSettings,
	{
		topic,
		groupPrefix,
		take,
		signal,
		idleTimeoutMs = 30_000,
	}: ReadTopicOptions,
): Promise<void> {
	const admin = createKafkaClient(settings, {
		requestTimeoutMs: 10_000,
		retries: 1,
	}).admin();
	const groupId = `${groupPrefix}-${randomUUID()}`;
	signal.throwIfAborted();
	try {
		await admin.connect();
		const ends = new Map(
			(await admin.fetchTopicOffsets(topic))
				.filter(({ low, high }) => Number(high) > Number(low))
				.map(({ partition, high }) => [partition, BigInt(high)]),
		);
		if (ends.size === 0) return;
		const all = Promise.withResolvers<void>();
		const late = () =>
			all.reject(
				new Error(`no record of ${topic} came within ${idleTimeoutMs} ms`),
			);
		let timer = setTimeout(late, idleTimeoutMs);
		const stop = () => all.reject(signal.reason);
		signal.addEventListener("abort", stop, { once: true });
		const consumer = await createBatchConsumer({
			...settings,
			groupId,
			topics: [topic],
			fromBeginning: true,
			concurrency: 1,
			async handleBatch({ partition, messages }) {
				clearTimeout(timer);
				timer = setTimeout(late, idleTimeoutMs);
				take(messages);
				const end = ends.get(partition);
				const last = BigInt(messages.at(-1)?.offset ?? -1);
				if (end !== undefined && last + 1n >= end) ends.delete(partition);
				if (ends.size === 0) all.resolve();
			},
		});
		try {
			await all.promise;
		} finally {
			clearTimeout(timer);
			signal.removeEventListener("abort", stop);
			await consumer.stop();
			// Without the right to delete the group, the broker removes it by itself later.
			await admin.deleteGroups([groupId]).catch(() => undefined);
		}
	} finally {
		await admin.disconnect().catch(() => undefined);
	}
}
