/** States by name that end by themselves; a later end replaces an earlier one. */
export interface Ends {
	has(name: string): boolean;
	set(name: string, afterMs: number): void;
}

/** Does not keep the process alive. */
export function createEnds(onEnd: (name: string) => void): Ends {
	const ends = new Map<string, NodeJS.Timeout>();
	return {
		has: (name) => ends.has(name),
		set(name, afterMs) {
			clearTimeout(ends.get(name));
			const end = setTimeout(() => {
				ends.delete(name);
				onEnd(name);
			}, afterMs);
			ends.set(name, end.unref());
		},
	};
}
