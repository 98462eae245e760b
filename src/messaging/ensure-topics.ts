import type { Admin, ITopicConfig } from "kafkajs";
import { createKafkaClient, type KafkaSettings } from "./kafka-client.ts";
import type { TopicSpec, TopicTable } from "./topics.ts";

export interface EnsuredTopics {
	/** Names of the topics that were missing and that this call created. */
	created: string[];
}

/**
 * Creates the topics that are missing and leaves the others as they are. Safe to call again and from
 * several processes at once. Rejects when Kafka does not answer.
 */
export async function ensureTopics(
	settings: KafkaSettings,
	table: TopicTable,
	{ replicationFactor }: { replicationFactor: number },
): Promise<EnsuredTopics> {
	const admin = createKafkaClient(settings, {
		requestTimeoutMs: 30_000,
		retries: 5,
	}).admin();
	try {
		await admin.connect();
		const existing = new Set(await admin.listTopics());
		const missing = Object.values(table).filter(
			({ name }) => !existing.has(name),
		);
		const created = await Promise.all(
			missing.map((topic) => createTopic(admin, topic, replicationFactor)),
		);
		return { created: created.filter((name) => name !== undefined) };
	} catch (cause) {
		const where = settings.brokers.join(", ");
		throw new Error(
			`cannot create the missing topics on Kafka at ${where}: is it running and may this client create topics?`,
			{ cause },
		);
	} finally {
		await admin.disconnect().catch(() => undefined);
	}
}

/** The name if this call created the topic, nothing if another process was faster. */
async function createTopic(
	admin: Admin,
	topic: TopicSpec,
	replicationFactor: number,
): Promise<string | undefined> {
	const created = await admin.createTopics({
		topics: [describe(topic, replicationFactor)],
		// Metadata of a new topic may not be there yet; producers and consumers wait for leaders anyway.
		waitForLeaders: false,
	});
	return created ? topic.name : undefined;
}

function describe(topic: TopicSpec, replicationFactor: number): ITopicConfig {
	return {
		topic: topic.name,
		numPartitions: topic.partitions,
		replicationFactor,
		configEntries: [
			{ name: "retention.ms", value: String(topic.retentionMs) },
			{ name: "max.message.bytes", value: String(topic.maxMessageBytes) },
			{ name: "cleanup.policy", value: topic.cleanup },
			...(topic.stampedByBroker
				? [{ name: "message.timestamp.type", value: "LogAppendTime" }]
				: []),
			// With three replicas an acknowledged write survives the loss of one.
			{
				name: "min.insync.replicas",
				value: replicationFactor >= 3 ? "2" : "1",
			},
		],
	};
}
