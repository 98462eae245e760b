/** Turns pieces of work that end in any order into "everything up to here is finished". */
export interface ContiguousOffsets {
	/** Offsets are opened in the order of the partition. */
	open(offset: string): void;
	close(offset: string): void;
}

/** Tells `done` the highest offset below which nothing is open any more, each time it rises. */
export function createContiguousOffsets(
	done: (offset: string) => void,
): ContiguousOffsets {
	/** Insertion order is offset order; true once closed. */
	const offsets = new Map<string, boolean>();
	return {
		open: (offset) => offsets.set(offset, false),
		close(offset) {
			offsets.set(offset, true);
			let finished: string | undefined;
			for (const [head, isClosed] of offsets) {
				if (!isClosed) break;
				finished = head;
				offsets.delete(head);
			}
			if (finished !== undefined) done(finished);
		},
	};
}
