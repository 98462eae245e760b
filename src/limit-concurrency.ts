/** Runs a task as soon as a slot is free, in the order of the calls. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>;

/** At most `slotCount` tasks at a time. */
export function limitConcurrency(slotCount: number): Limiter {
	let waiting: (() => void)[] = [];
	/** Tasks before this index have begun: removing each from a long list would take linear time. */
	let first = 0;
	let busyCount = 0;

	function takeNext(): (() => void) | undefined {
		const next = waiting[first];
		if (next === undefined) return undefined;
		first += 1;
		if (first * 2 > waiting.length) {
			waiting = waiting.slice(first);
			first = 0;
		}
		return next;
	}

	return async (task) => {
		if (busyCount >= slotCount) {
			await new Promise<void>((resolve) => waiting.push(resolve));
		} else busyCount += 1;
		try {
			return await task();
		} finally {
			// The slot goes to the next one in line without becoming free.
			const next = takeNext();
			if (next === undefined) busyCount -= 1;
			else next();
		}
	};
}
