import { setTimeout as sleep } from "node:timers/promises";

interface Job<T> {
	items: readonly T[];
	bytes: number;
	done: PromiseWithResolvers<void>;
}

export interface GroupCommitOptions<T> {
	/** The largest number of items in one command, unless one caller alone has more. */
	maxItems: number;
	/** The largest number of bytes in one command. */
	maxBytes: number;
	/** Between the beginnings of two commands; what fills one when the first has ended is not held back. Default 0. */
	minIntervalMs?: number;
	/** Approximate bytes of an item; called once for each. */
	bytesOf(item: T): number;
	/** Sends all or throws. */
	send(items: readonly T[]): Promise<void>;
	/** Whether the server failed, and not the items. */
	isOutage(error: unknown): boolean;
}

/**
 * Sends one command at a time; items that arrive meanwhile, and within `minIntervalMs` of its beginning, share the
 * next one, so that under load an item costs fewer commands. What arrives later goes at once. Each call settles as
 * its own items did: when a group fails because of an item, its callers' items are sent one caller at a time.
 */
export function createGroupCommit<T>({
	maxItems,
	maxBytes,
	minIntervalMs = 0,
	bytesOf,
	send,
	isOutage,
}: GroupCommitOptions<T>): (items: readonly T[]) => Promise<void> {
	const waiting: Job<T>[] = [];
	let isSending = false;
	let nextAtMs = 0;

	async function sendAll(): Promise<void> {
		isSending = true;
		while (waiting.length > 0) {
			const restMs = nextAtMs - performance.now();
			if (restMs > 0 && !isFull()) await sleep(restMs);
			nextAtMs = performance.now() + minIntervalMs;
			await sendGroup(takeGroup());
		}
		isSending = false;
	}

	function isFull(): boolean {
		let count = 0;
		let waitingBytes = 0;
		for (const { items, bytes } of waiting) {
			count += items.length;
			waitingBytes += bytes;
		}
		return count >= maxItems || waitingBytes >= maxBytes;
	}

	function takeGroup(): Job<T>[] {
		let count = 0;
		let groupBytes = 0;
		const after = waiting.findIndex(({ items, bytes }, index) => {
			count += items.length;
			groupBytes += bytes;
			return index > 0 && (count > maxItems || groupBytes > maxBytes);
		});
		return waiting.splice(0, after === -1 ? waiting.length : after);
	}

	async function sendGroup(group: Job<T>[]): Promise<void> {
		try {
			await send(group.flatMap(({ items }) => items));
			for (const { done } of group) done.resolve();
		} catch (error) {
			if (group.length > 1 && !isOutage(error))
				for (const job of group) await sendGroup([job]);
			else for (const { done } of group) done.reject(error);
		}
	}

	return (items) => {
		if (items.length === 0) return Promise.resolve();
		const done = Promise.withResolvers<void>();
		const bytes = items.reduce((sum, item) => sum + bytesOf(item), 0);
		waiting.push({ items, bytes, done });
		if (!isSending) void sendAll();
		return done.promise;
	};
}
