/** Lets at most so many run at once, first come, first served. */
export interface Slots {
	/** Resolves with the release of the slot; with nothing when the signal fired first. */
	take(signal: AbortSignal): Promise<(() => void) | undefined>;
}

/** `count` slots, all free. */
export function createSlots(count: number): Slots {
	const waiting = new Set<() => void>();
	let free = count;

	function release(): void {
		free += 1;
		const [next] = waiting;
		next?.();
	}

	return {
		async take(signal) {
			while (free === 0 && !signal.aborted) {
				const { promise, resolve } = Promise.withResolvers<void>();
				waiting.add(resolve);
				const giveUp = () => resolve();
				signal.addEventListener("abort", giveUp, { once: true });
				await promise;
				signal.removeEventListener("abort", giveUp);
				waiting.delete(resolve);
			}
			if (signal.aborted) return undefined;
			free -= 1;
			return release;
		},
	};
}
