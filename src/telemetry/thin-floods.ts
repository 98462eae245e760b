/** Lines that are the same are written so often within the window; the rest are counted. */
const KEPT_LINES = 20;
const WINDOW_MS = 10_000;
/** Different lines that are told apart at once; beyond, they count as the same. */
const MAX_LINES = 1_000;

export interface Thinning {
	/** Whether the line may be written; `tell` is called at the end of the window with the number that were not. */
	mayWrite(line: string, tell: (dropped: number) => void): boolean;
}

/** Thins floods of the same line. */
export function createThinning(windowMs: number = WINDOW_MS): Thinning {
	const seen = new Map<
		string,
		{ count: number; tell(dropped: number): void }
	>();
	return {
		mayWrite(line, tell) {
			const key = seen.size < MAX_LINES || seen.has(line) ? line : "";
			const known = seen.get(key);
			if (known !== undefined) {
				known.count += 1;
				return known.count <= KEPT_LINES;
			}
			const first = { count: 1, tell };
			seen.set(key, first);
			const end = () => {
				seen.delete(key);
				const dropped = first.count - KEPT_LINES;
				if (dropped > 0) first.tell(dropped);
			};
			setTimeout(end, windowMs).unref();
			return true;
		},
	};
}
