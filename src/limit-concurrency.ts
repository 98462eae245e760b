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

/** Runs a task when none of the same key runs, in the order of the calls. */
export type KeyedLimiter = <T>(
	key: string,
	task: () => Promise<T>,
) => Promise<T>;

/**
 * One task of each key at a time; keys do not wait for each other. A task that has waited for longer than
 * `patienceMs` when its turn comes is not run: `tooLate` makes the error to reject with.
 */
export function limitEachKey(
	patienceMs: number,
	tooLate: (key: string) => Error,
): KeyedLimiter {
	const tails = new Map<string, Promise<unknown>>();
	return (key, task) => {
		const askedAtMs = performance.now();
		const run = () => {
			if (performance.now() - askedAtMs > patienceMs) throw tooLate(key);
			return task();
		};
		const running = (tails.get(key) ?? Promise.resolve()).then(run);
		const tail = running.catch(() => undefined);
		tails.set(key, tail);
		void tail.then(() => {
			if (tails.get(key) === tail) tails.delete(key);
		});
		return running;
	};
}
