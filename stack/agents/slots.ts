/** A bounded number of places; who comes when all are taken waits in line. */
export interface Slots {
	/** Runs the work as soon as a place is free, in the order of the calls; rejects when the signal fires while it waits in line. */
	run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
	/** Resolves once fewer than `lengthMax` wait in line. */
	roomInLine(lengthMax: number): Promise<void>;
	counts(): { taken: number; waiting: number };
}

/** At most `size` pieces of work run at the same time. */
export function createSlots(size: number): Slots {
	const line = createLine();
	let taken = 0;

	async function enter(signal: AbortSignal | undefined): Promise<void> {
		signal?.throwIfAborted();
		if (taken >= size) return await line.wait(signal);
		taken += 1;
	}

	function leave(): void {
		// The place is handed over, so `taken` stays as it is.
		if (!line.admitNext()) taken -= 1;
	}

	return {
		async run(work, signal) {
			await enter(signal);
			try {
				return await work();
			} finally {
				leave();
			}
		},
		roomInLine: line.room,
		counts: () => ({ taken, waiting: line.length() }),
	};
}

function createLine() {
	const waiting = new Set<() => void>();
	const watchers = new Set<() => void>();

	function remove(admit: () => void): void {
		waiting.delete(admit);
		for (const look of watchers) look();
	}

	return {
		length: () => waiting.size,

		wait(signal: AbortSignal | undefined): Promise<void> {
			return new Promise((resolve, reject) => {
				const abandon = () => {
					remove(admit);
					reject(signal?.reason);
				};
				const admit = () => {
					remove(admit);
					signal?.removeEventListener("abort", abandon);
					resolve();
				};
				waiting.add(admit);
				signal?.addEventListener("abort", abandon, { once: true });
			});
		},

		/** False when nobody waits. */
		admitNext(): boolean {
			const [admit] = waiting;
			admit?.();
			return admit !== undefined;
		},

		room(lengthMax: number): Promise<void> {
			if (waiting.size < lengthMax) return Promise.resolve();
			return new Promise((resolve) => {
				const look = () => {
					if (waiting.size >= lengthMax) return;
					watchers.delete(look);
					resolve();
				};
				watchers.add(look);
			});
		},
	};
}
