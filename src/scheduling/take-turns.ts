export type TakeTurn = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Lets one caller compute at a time and everything else of the process have its turn before the next: many
 * chunks that are chosen for in one go would block the process for longer than Redis is waited for.
 */
export function createTurns(): TakeTurn {
	let last: Promise<void> = Promise.resolve();
	return async (work) => {
		const before = last;
		const mine = Promise.withResolvers<void>();
		last = mine.promise;
		await before;
		try {
			return await work();
		} finally {
			setImmediate(mine.resolve);
		}
	};
}
