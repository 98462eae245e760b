import {
	createKafkaClient,
	type KafkaSettings,
} from "../src/messaging/kafka-client.ts";
import type { TopicTable } from "../src/messaging/topics.ts";

/** Where the floor publishes. */
export const FLOOR_TOPIC = "bench.floor";

/** Creates the service's topics with the broker's clock as their records' time, and the floor's. */
export async function createBenchTopics(
	kafka: KafkaSettings,
	table: TopicTable,
): Promise<void> {
	const admin = createKafkaClient(kafka, {
		requestTimeoutMs: 30_000,
		retries: 5,
	}).admin();
	await admin.connect();
	const topics = [
		...Object.values(table),
		{ name: FLOOR_TOPIC, partitions: 1, maxMessageBytes: 1_048_576 },
	];
	await admin.createTopics({
		topics: topics.map(({ name, partitions, maxMessageBytes }) => ({
			topic: name,
			numPartitions: partitions,
			replicationFactor: 1,
			configEntries: [
				{ name: "message.timestamp.type", value: "LogAppendTime" },
				{ name: "max.message.bytes", value: String(maxMessageBytes) },
			],
		})),
	});
	await admin.disconnect();
}

/** Records on the topics that the service's consumers have not finished. */
export async function readLag(
	kafka: KafkaSettings,
	groups: Readonly<Record<string, string>>,
): Promise<number> {
	const admin = createKafkaClient(kafka, {
		requestTimeoutMs: 30_000,
		retries: 5,
	}).admin();
	await admin.connect();
	try {
		const lags = await Promise.all(
			Object.entries(groups).map(async ([topic, groupId]) => {
				const ends = await admin.fetchTopicOffsets(topic);
				const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
				return ends.reduce((sum, { partition, offset }) => {
					const done = group?.partitions.find(
						(one) => one.partition === partition,
					);
					return sum + Number(offset) - Math.max(0, Number(done?.offset ?? 0));
				}, 0);
			}),
		);
		return lags.reduce((sum, lag) => sum + lag, 0);
	} finally {
		await admin.disconnect();
	}
}
