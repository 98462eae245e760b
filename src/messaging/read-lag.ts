import { type GroupTopics, readGroupOffsets } from "./inspect-groups.ts";
import type { KafkaSettings } from "./kafka-client.ts";
import { keepAdmin } from "./kept-admin.ts";

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

const REQUEST_TIMEOUT_MS = 5_000;

/** Reads how far the groups are behind, also of groups that nobody is a member of. */
export function createLagReader(
	settings: KafkaSettings,
	groups: readonly GroupTopics[],
): LagReader {
	const { use, close } = keepAdmin(settings, REQUEST_TIMEOUT_MS);
	return {
		async read() {
			const found = await use((admin) => readGroupOffsets(admin, groups));
			return found.map(({ committed, low = "0", high = "0", ...place }) => {
				// Below zero: nothing was committed yet, and the group will begin at the first record.
				const next = Math.max(Number(committed), Number(low));
				return { ...place, lag: Math.max(0, Number(high) - next) };
			});
		},
		close,
	};
}
