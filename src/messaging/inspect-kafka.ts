import type { Admin, ITopicMetadata } from "kafkajs";
import kafkajs from "kafkajs";
import type { KafkaFacts, TopicFacts } from "../doctor/check-kafka.ts";
import { createKafkaClient, type KafkaSettings } from "./kafka-client.ts";

/**
 * Facts about the brokers and these topics, for the self-check. Rejects with Kafka's or the network's own
 * error.
 */
export async function inspectKafka(
	settings: KafkaSettings,
	names: readonly string[],
): Promise<KafkaFacts> {
	const admin = createKafkaClient(settings, {
		requestTimeoutMs: 5_000,
		retries: 0,
	}).admin();
	try {
		await admin.connect();
		const { brokers } = await admin.describeCluster();
		const existing = new Set(await admin.listTopics());
		const topics = names.filter((name) => existing.has(name));
		return {
			brokerCount: brokers.length,
			topics: await describeTopics(admin, topics),
		};
	} finally {
		await admin.disconnect().catch(() => undefined);
	}
}

async function describeTopics(
	admin: Admin,
	names: readonly string[],
): Promise<Map<string, TopicFacts>> {
	// Without names kafkajs asks for every topic of the cluster.
	if (names.length === 0) return new Map();
	const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
	const configs = await readConfigs(admin, names);
	return new Map(
		topics.map((topic) => [
			topic.name,
			{ ...placement(topic), config: configs.get(topic.name) ?? null },
		]),
	);
}

function placement({ partitions }: ITopicMetadata) {
	return {
		partitions: partitions.length,
		replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
		laggingCount: partitions.filter(
			({ isr, replicas }) => isr.length < replicas.length,
		).length,
	};
}

/** An empty map without the right to ask: that says nothing about the topics. */
async function readConfigs(
	admin: Admin,
	names: readonly string[],
): Promise<Map<string, TopicFacts["config"]>> {
	const answer = await admin
		.describeConfigs({
			includeSynonyms: false,
			resources: names.map((name) => ({
				type: kafkajs.ConfigResourceTypes.TOPIC,
				name,
				configNames: [
					"retention.ms",
					"max.message.bytes",
					"min.insync.replicas",
				],
			})),
		})
		.catch(() => ({ resources: [] }));
	return new Map(
		answer.resources.map(({ resourceName, configEntries }) => {
			const numberAt = (key: string) =>
				Number(
					configEntries.find(({ configName }) => configName === key)
						?.configValue,
				);
			return [
				resourceName,
				{
					retentionMs: numberAt("retention.ms"),
					maxMessageBytes: numberAt("max.message.bytes"),
					minInsyncReplicas: numberAt("min.insync.replicas"),
				},
			] as const;
		}),
	);
}
