/** Runs a task as soon as a slot is free, in the order of the calls. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>;

/** At most `slotCount` tasks at a time. */
export function limitConcurrency(slotCount: number): Limiter {
	const waiting: (() => void)[] = [];
	let busyCount = 0;
	return async (task) => {
		if (busyCount >= slotCount) {
			await new Promise<void>((resolve) => waiting.push(resolve));
		} else busyCount += 1;
		try {
			return await task();
		} finally {
			// The slot goes to the next one in line without becoming free.
			const next = waiting.shift();
			if (next === undefined) busyCount -= 1;
			else next();
		}
	};
}
