/** A group's place on a partition that is before the first record there still is. */
export interface OffsetReset {
	topic: string;
	partition: number;
	/** The next record that the group would have read. */
	wanted: bigint;
	/** The first that there is; all between were deleted unread. */
	first: bigint;
}

/** Resolves when it is written down; throwing lets the group try again before its place is moved. */
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

/** Whoever is told, by the id under which the group knows the member. */
export function listenForResets(memberId: string, onReset: OnReset): void {
	listeners.set(memberId, onReset);
}

export function forgetResets(memberId: string): void {
	listeners.delete(memberId);
}

/** kafkajs moves a group's place in silence when it lies before what Kafka still has. Here it is told first. */
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
