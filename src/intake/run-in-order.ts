import { limitConcurrency } from "../limit-concurrency.ts";

export interface OrderedRun<T> {
	items: readonly T[];
	concurrency: number;
	/** Items with the same key run one after the other, in their order. */
	keyOf(item: T): string;
	run(item: T): Promise<void>;
	/** Called with the last item before which all items succeeded, and their number, whenever that changes. */
	onDone(item: T, count: number): void;
	signal: AbortSignal;
}

/**
 * Runs all items with bounded concurrency. After the first failure, or when the signal is aborted, no further
 * item begins; running items are awaited, then the failure is thrown.
 */
export async function runInOrder<T>({
	items,
	concurrency,
	keyOf,
	run,
	onDone,
	signal,
}: OrderedRun<T>): Promise<void> {
	const limit = limitConcurrency(concurrency);
	const tails = new Map<string, Promise<void>>();
	const finished: boolean[] = [];
	const failures: unknown[] = [];
	let doneCount = 0;

	async function runOne(item: T, index: number): Promise<void> {
		if (failures.length > 0) return;
		try {
			signal.throwIfAborted();
			await run(item);
		} catch (error) {
			failures.push(error);
			return;
		}
		finished[index] = true;
		const before = doneCount;
		while (finished[doneCount] === true) doneCount += 1;
		const last = items[doneCount - 1];
		if (doneCount > before && last !== undefined) onDone(last, doneCount);
	}

	for (const [index, item] of items.entries()) {
		const key = keyOf(item);
		const previous = tails.get(key) ?? Promise.resolve();
		tails.set(
			key,
			previous.then(() => limit(() => runOne(item, index))),
		);
	}
	await Promise.all(tails.values());
	if (failures.length > 0) throw failures[0];
}
