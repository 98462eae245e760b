import type { Admin } from "kafkajs";
import type { UnreadGap } from "../doctor/check-records.ts";
import type { KafkaSettings } from "./kafka-client.ts";
import { keepAdmin } from "./kept-admin.ts";

const REQUEST_TIMEOUT_MS = 5_000;

export interface GroupTopics {
	groupId: string;
	topics: readonly string[];
}

/** How far a group has come in a partition, and which records there are: offsets. */
export interface GroupOffset {
	groupId: string;
	topic: string;
	partition: number;
	/** Below zero: the group has committed nothing there. */
	committed: string;
	/** The first record, and the place behind the last; undefined: Kafka did not say. */
	low: string | undefined;
	high: string | undefined;
}

/** Of all groups in the topics that there are. Rejects with Kafka's or the network's own error. */
export async function readGroupOffsets(
	admin: Admin,
	groups: readonly GroupTopics[],
): Promise<GroupOffset[]> {
	const existing = new Set(await admin.listTopics());
	const ofGroups = groups.map(async ({ groupId, topics }) => {
		const there = topics.filter((topic) => existing.has(topic));
		if (there.length === 0) return [];
		const places = await admin.fetchOffsets({ groupId, topics: there });
		return await Promise.all(
			places.map(async ({ topic, partitions }) => {
				const ends = new Map(
					(await admin.fetchTopicOffsets(topic)).map(
						(end) => [end.partition, end] as const,
					),
				);
				return partitions.map(({ partition, offset: committed }) => {
					const { low, high } = ends.get(partition) ?? {};
					return { groupId, topic, partition, committed, low, high };
				});
			}),
		);
	});
	return (await Promise.all(ofGroups)).flat(2);
}

/**
 * Records that Kafka deleted before these groups read them. Rejects with Kafka's or the network's own error.
 */
export async function findUnreadGaps(
	settings: KafkaSettings,
	groups: readonly GroupTopics[],
): Promise<UnreadGap[]> {
	const { use, close } = keepAdmin(settings, REQUEST_TIMEOUT_MS);
	try {
		const found = await use((admin) => readGroupOffsets(admin, groups));
		return found.flatMap(({ groupId, topic, partition, committed, low }) => {
			if (low === undefined) return [];
			const [wanted, first] = [BigInt(committed), BigInt(low)];
			if (wanted < 0n || first <= wanted) return [];
			return [{ groupId, topic, partition, wanted, first }];
		});
	} finally {
		await close();
	}
}
