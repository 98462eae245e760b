/** A group's offset on a partition that lies before the first record Kafka still has. */
export interface OffsetReset {
	topic: string;
	partition: number;
	/** The next record that the group would have read. */
	wanted: bigint;
	/** The first record that Kafka still has; all records between were deleted unread. */
	first: bigint;
}

/** Resolves when the loss is recorded; throwing lets the group try again before its offset is moved. */
type OnReset = (reset: OffsetReset) => Promise<void>;

/** The part of kafkajs's offset manager that is changed. */
interface OffsetManager {
	readonly memberId: string;
	readonly cluster: {
		fetchTopicsOffset(
			topics: readonly object[],
		): Promise<{ partitions: { offset: string }[] }[]>;
	};
	nextOffset(topic: string, partition: number): { toString(): string };
	setDefaultOffset(place: { topic: string; partition: number }): Promise<void>;
}

const listeners = new Map<string, OnReset>();

/** Registers the listener of a member, by its id in the group. */
export function listenForResets(memberId: string, onReset: OnReset): void {
	listeners.set(memberId, onReset);
}

export function forgetResets(memberId: string): void {
	listeners.delete(memberId);
}

/**
 * kafkajs silently moves a group's offset that lies before the first stored record. With this change a
 * listener is told first.
 */
export function patchOffsetManager(prototype: OffsetManager): void {
	const moveToDefault = prototype.setDefaultOffset;
	prototype.setDefaultOffset = async function (place) {
		const onReset = listeners.get(this.memberId);
		if (onReset !== undefined) {
			const { topic, partition } = place;
			const wanted = BigInt(this.nextOffset(topic, partition).toString());
			const first = await firstOffset(this, place);
			if (first > wanted) await onReset({ topic, partition, wanted, first });
		}
		await moveToDefault.call(this, place);
	};
}

async function firstOffset(
	{ cluster }: OffsetManager,
	{ topic, partition }: { topic: string; partition: number },
): Promise<bigint> {
	const [answer] = await cluster.fetchTopicsOffset([
		{ topic, partitions: [{ partition }], fromBeginning: true },
	]);
	return BigInt(answer?.partitions[0]?.offset ?? 0);
}
