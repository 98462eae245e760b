import { type EndedAttempts, type EndedPage, PAGE } from "./training-rows.ts";

/** Clocks of those who store ends differ by no more, and so long a store may take after it was told the time. */
const LOOK_BACK_MS = 30_000;

export interface UnreadPage extends EndedPage {
	/** When the ends of its attempts were stored, by wire id. */
	stored: ReadonlyMap<string, number>;
	/** With this page everything is read that was stored until then, Unix epoch, ms. */
	untilMs: number;
	/** Whether there may be more. */
	isFull: boolean;
}

/**
 * Reads the ends of attempts once each, in the order in which they are stored, however long after the end that is. What
 * was read within the look-back is remembered here, so that one that comes to light late is still found; a process
 * that goes on where another one stood takes all until there as read.
 */
export function createEndReader(
	attempts: Pick<EndedAttempts, "listStored" | "read">,
) {
	let seen = new Map<string, number>();
	let seenUntilMs: number | null = null;

	return {
		/** The next page of what was stored until `toMs`, after everything was read until `sinceMs`. */
		async read(sinceMs: number, toMs: number): Promise<UnreadPage> {
			const fromMs = sinceMs - LOOK_BACK_MS;
			if (seenUntilMs !== sinceMs)
				seen = await attempts.listStored({ fromMs, toMs: sinceMs });
			seenUntilMs = sinceMs;
			for (const [id, storedMs] of seen) if (storedMs < fromMs) seen.delete(id);
			const limit = seen.size + PAGE;
			const found = await attempts.listStored({ fromMs, toMs, limit });
			const next = [...found].filter(([id]) => !seen.has(id)).slice(0, PAGE);
			const isFull = next.length === PAGE;
			const unread = isFull ? upToChange(next) : next;
			const [, lastMs] = unread.at(-1) ?? ["", sinceMs];
			return {
				...(await attempts.read(unread.map(([id]) => id))),
				stored: new Map(unread),
				untilMs: Math.max(sinceMs, isFull ? lastMs : toMs),
				isFull,
			};
		},
		/** The page is done with, and where the reading has come to is written down. */
		done({ stored, untilMs }: UnreadPage): void {
			for (const [id, storedMs] of stored) seen.set(id, storedMs);
			seenUntilMs = untilMs;
		},
	};
}

/**
 * Without those of the last millisecond, of which there may be more: another process takes all until there as read. A
 * page of one millisecond stays whole.
 */
function upToChange(page: [id: string, storedMs: number][]): typeof page {
	const lastMs = page.at(-1)?.[1];
	const whole = page.filter(([, storedMs]) => storedMs !== lastMs);
	return whole.length > 0 ? whole : page;
}
