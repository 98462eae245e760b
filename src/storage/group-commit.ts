interface Job<T> {
	items: readonly T[];
	bytes: number;
	done: PromiseWithResolvers<void>;
}

export interface GroupCommitOptions<T> {
	/** As many go together, unless one caller alone brings more. */
	maxItems: number;
	/** The same for their bytes. */
	maxBytes: number;
	/** About what an item takes; asked once for each. */
	bytesOf(item: T): number;
	/** Sends all or throws. */
	send(items: readonly T[]): Promise<void>;
	/** The other side is to blame for the failure, not what was sent. */
	isOutage(error: unknown): boolean;
}

/**
 * One command at a time; what callers bring while it is on its way goes together with the next, so the
 * busier it gets the fewer commands an item costs, and nobody waits for company. Each call settles as its
 * own items did: when a group fails by what is in it, its callers are sent one by one.
 */
export function createGroupCommit<T>({
	maxItems,
	maxBytes,
	bytesOf,
	send,
	isOutage,
}: GroupCommitOptions<T>): (items: readonly T[]) => Promise<void> {
	const waiting: Job<T>[] = [];
	let isSending = false;

	async function sendAll(): Promise<void> {
		isSending = true;
		while (waiting.length > 0) await sendGroup(takeGroup());
		isSending = false;
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
