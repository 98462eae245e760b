import type {
	ChangeEntry,
	ChangeListener,
	ChangeSource,
} from "../../plans/change-ports.ts";
import {
	changeLines,
	heartbeatLines,
	readyLines,
	resetLines,
	resumedLines,
	unavailableLines,
} from "./event-lines.ts";
import type { EventOutlet } from "./event-outlet.ts";
import { compareEntries, type EventPosition } from "./event-position.ts";

export interface FollowRequest {
	source: ChangeSource;
	outlet: EventOutlet;
	/** The reader's last position; undefined: the reader begins now. */
	from: EventPosition | undefined;
	/** Selects the changes that the reader wants. */
	wants(change: ChangeEntry["changes"][number]): boolean;
}

export interface Following {
	/** Interval of heartbeats, which tell that the stream is alive and its position. */
	beat(): void;
	leave(): void;
}

/** Entries kept for a reader that is behind; when there are more it reads them from the source. */
const MAX_WAITING = 1_000;
/** The position of an empty stream. */
const BEGINNING = "0-0";

/**
 * Writes every change after a position to the outlet, without gaps and duplicates. A reader whose outlet is
 * full gets no new changes; it reads from the source at its own pace until it has caught up. Throws
 * CACHE_UNAVAILABLE when Redis is away; when Redis goes away later, the reader is told and the stream ends.
 */
export async function followChanges({
	source,
	outlet,
	from,
	wants,
}: FollowRequest): Promise<Following> {
	let place: EventPosition = from ?? { entry: BEGINNING };
	let waiting: ChangeEntry[] = [];
	let isBehind = true;
	let hasOverflowed = false;

	function write({ id, isAfterLoss, changes }: ChangeEntry): void {
		const order = compareEntries(id, place.entry);
		const isOld = order < 0 || (order === 0 && place.count === undefined);
		if (isOld) return;
		const start = order === 0 ? (place.count ?? 0) : 0;
		if (isAfterLoss) outlet.write(resetLines({ entry: id }));
		for (const [index, change] of changes.entries()) {
			if (index < start || !wants(change)) continue;
			outlet.write(changeLines({ entry: id, count: index + 1 }, change));
		}
		place = { entry: id };
	}

	/** The changes in between are lost: the reader continues from now. */
	function jump(newest: string): void {
		place = { entry: newest };
		outlet.write(resetLines(place));
	}

	/** Writes the source's changes after the position; false when the reader is gone. */
	async function readOn(): Promise<boolean> {
		for (;;) {
			const { entry: id, count } = place;
			const [bounds, page] = await Promise.all([
				source.bounds(),
				source.read({ id, inclusive: count !== undefined }),
			]);
			if (isLost(id, bounds)) jump(bounds.newest);
			else if (page.length === 0) return true;
			else {
				for (const entry of page) {
					write(entry);
					if (!(await outlet.hasRoom())) return false;
				}
			}
		}
	}

	async function catchUp(): Promise<void> {
		isBehind = true;
		do {
			waiting = [];
			hasOverflowed = false;
			if (!(await outlet.hasRoom()) || !(await readOn())) return;
		} while (hasOverflowed);
		// No await from here on: no change may come between the waiting ones and the next.
		for (const entry of waiting) write(entry);
		waiting = [];
		isBehind = false;
	}

	const listener: ChangeListener = {
		onEntry(entry) {
			if (!isBehind && !outlet.isFull()) write(entry);
			else if (!isBehind) catchUp().catch(listener.onAway);
			else if (waiting.length < MAX_WAITING) waiting.push(entry);
			else hasOverflowed = true;
		},
		onAway() {
			outlet.write(unavailableLines);
			outlet.end();
		},
	};

	const newest = await source.follow(listener);
	if (from === undefined) {
		place = { entry: newest };
		outlet.write(readyLines(place));
		isBehind = false;
	} else {
		outlet.write(resumedLines);
		catchUp().catch(listener.onAway);
	}
	return {
		beat() {
			if (!outlet.isFull()) outlet.write(heartbeatLines(place));
		},
		leave: () => source.leave(listener),
	};
}

/** Whether changes after the entry may have been lost. */
function isLost(
	entry: string,
	{ oldest, newest }: { oldest: string; newest: string },
): boolean {
	if (entry === BEGINNING) return false;
	// An id of another Redis: new changes would look as if they had been read already.
	if (compareEntries(entry, newest) > 0) return true;
	return compareEntries(entry, oldest) < 0;
}
