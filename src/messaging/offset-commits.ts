import type { Log } from "../log.ts";
import type { PartitionOffset } from "./group-session.ts";

/** Offsets that are to be committed: one request at a time, the newest offset of each partition. */
export interface OffsetCommits {
	/** Must not go back while the partition is ours. */
	mark(offset: PartitionOffset): void;
	/** Forgets a partition that another member of the group owns now. */
	forget(topic: string, partition: number): void;
	/** Commits once more and resolves when nothing is left or the commit failed. */
	flush(): Promise<void>;
}

const RETRY_MS = 500;

/** Commits marked offsets in the background, and failed ones again. */
export function createOffsetCommits(
	commit: (offsets: readonly PartitionOffset[]) => Promise<void>,
	log: Log,
): OffsetCommits {
	const marked = new Map<string, PartitionOffset>();
	let committing: Promise<void> | undefined;
	let retry: NodeJS.Timeout | undefined;

	async function commitMarked(): Promise<void> {
		// Marks of the same tick join the request.
		await Promise.resolve();
		while (marked.size > 0) {
			const offsets = [...marked.values()];
			try {
				await commit(offsets);
			} catch (error) {
				log.debug(
					{ error: String(error), offsets },
					"offsets are not committed yet",
				);
				retry ??= setTimeout(start, RETRY_MS).unref();
				break;
			}
			for (const offset of offsets) {
				const place = placeOf(offset);
				if (marked.get(place) === offset) marked.delete(place);
			}
		}
		committing = undefined;
	}

	function start(): void {
		clearTimeout(retry);
		retry = undefined;
		committing ??= commitMarked();
	}

	return {
		mark(offset) {
			marked.set(placeOf(offset), offset);
			if (retry === undefined) start();
		},
		forget: (topic, partition) =>
			void marked.delete(placeOf({ topic, partition })),
		async flush() {
			await committing;
			start();
			await committing;
		},
	};
}

function placeOf({
	topic,
	partition,
}: {
	topic: string;
	partition: number;
}): string {
	return `${topic}/${partition}`;
}
