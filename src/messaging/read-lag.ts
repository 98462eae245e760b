import type { Admin } from "kafkajs";
import { settlesWithin } from "../deadline.ts";
import type { GroupTopics } from "./inspect-groups.ts";
import { createKafkaClient, type KafkaSettings } from "./kafka-client.ts";

/** Records that a group has still to read of a partition. */
export interface PartitionLag {
	groupId: string;
	topic: string;
	partition: number;
	lag: number;
}

export interface LagReader {
	/** Of all groups, over a connection that is kept while it works. Rejects with Kafka's or the network's own error. */
	read(): Promise<PartitionLag[]>;
	close(): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 2_000;

/** Reads how far the groups are behind, also of groups that nobody is a member of. */
export function createLagReader(
	settings: KafkaSettings,
	groups: readonly GroupTopics[],
): LagReader {
	const kafka = createKafkaClient(settings, {
		requestTimeoutMs: 5_000,
		retries: 0,
	});
	let connected: Promise<Admin> | undefined;

	async function connect(): Promise<Admin> {
		const admin = kafka.admin();
		await admin.connect();
		return admin;
	}

	async function forget(): Promise<void> {
		const gone = connected?.then((admin) => admin.disconnect());
		connected = undefined;
		// kafkajs may wait for ever for a broker that is away.
		if (gone) await settlesWithin(CLOSE_TIMEOUT_MS, gone);
	}

	return {
		async read() {
			connected ??= connect();
			try {
				return await readAll(await connected, groups);
			} catch (error) {
				await forget();
				throw error;
			}
		},
		close: forget,
	};
}

async function readAll(
	admin: Admin,
	groups: readonly GroupTopics[],
): Promise<PartitionLag[]> {
	const existing = new Set(await admin.listTopics());
	const ofGroups = groups.map(async ({ groupId, topics }) => {
		const there = topics.filter((topic) => existing.has(topic));
		if (there.length === 0) return [];
		const places = await admin.fetchOffsets({ groupId, topics: there });
		const ofTopics = places.map(async ({ topic, partitions }) => {
			const ends = new Map(
				(await admin.fetchTopicOffsets(topic)).map((end) => [
					end.partition,
					end,
				]),
			);
			return partitions.map(({ partition, offset }) => {
				const { low = "0", high = "0" } = ends.get(partition) ?? {};
				// Below zero: nothing was committed yet, and the group will begin at the first record.
				const next = Math.max(Number(offset), Number(low));
				const lag = Math.max(0, Number(high) - next);
				return { groupId, topic, partition, lag };
			});
		});
		return (await Promise.all(ofTopics)).flat();
	});
	return (await Promise.all(ofGroups)).flat();
}
