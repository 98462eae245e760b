/** Runs the work when it is the caller's turn, and settles as the work does. */
export type Turns = <T>(caller: string, work: () => Promise<T>) => Promise<T>;

/**
 * Runs one piece of work at a time, callers in turn: a caller with much waiting work delays another by at
 * most one piece.
 */
export function takeTurns(): Turns {
	/** Waiting work by caller; the next caller comes first. */
	const waiting = new Map<string, (() => Promise<void>)[]>();
	let isBusy = false;

	function next(): (() => Promise<void>) | undefined {
		for (const [caller, queue] of waiting) {
			const task = queue.shift();
			waiting.delete(caller);
			if (queue.length > 0) waiting.set(caller, queue);
			return task;
		}
		return undefined;
	}

	async function workOn(): Promise<void> {
		if (isBusy) return;
		isBusy = true;
		for (let task = next(); task !== undefined; task = next()) await task();
		isBusy = false;
	}

	return (caller, work) =>
		new Promise((resolve, reject) => {
			const queue = waiting.get(caller) ?? [];
			queue.push(() => work().then(resolve, reject));
			waiting.set(caller, queue);
			workOn();
		});
}
