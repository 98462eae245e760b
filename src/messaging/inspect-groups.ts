import type { UnreadGap } from "../doctor/check-records.ts";
import { createKafkaClient, type KafkaSettings } from "./kafka-client.ts";

export interface GroupTopics {
	groupId: string;
	topics: readonly string[];
}

/**
 * Records that Kafka deleted before these groups read them. Rejects with Kafka's or the network's own error.
 */
export async function findUnreadGaps(
	settings: KafkaSettings,
	groups: readonly GroupTopics[],
): Promise<UnreadGap[]> {
	const admin = createKafkaClient(settings, {
		requestTimeoutMs: 5_000,
		retries: 0,
	}).admin();
	try {
		await admin.connect();
		const existing = new Set(await admin.listTopics());
		const found = groups.map(async ({ groupId, topics }) => {
			const there = topics.filter((topic) => existing.has(topic));
			if (there.length === 0) return [];
			const places = await admin.fetchOffsets({ groupId, topics: there });
			return await Promise.all(
				places.map(async ({ topic, partitions }) => {
					const starts = new Map(
						(await admin.fetchTopicOffsets(topic)).map(
							({ partition, low }) => [partition, BigInt(low)] as const,
						),
					);
					return partitions.flatMap(({ partition, offset }) => {
						const [wanted, first] = [BigInt(offset), starts.get(partition)];
						// Below zero: the group has no committed offset there.
						if (wanted < 0n || first === undefined || first <= wanted)
							return [];
						return [{ groupId, topic, partition, wanted, first }];
					});
				}),
			);
		});
		return (await Promise.all(found)).flat(2);
	} finally {
		await admin.disconnect().catch(() => undefined);
	}
}
