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
	/** Where the reader was; undefined: it begins now. */
	from: EventPosition | undefined;
	/** Which changes it wants. */
	wants(change: ChangeEntry["changes"][number]): boolean;
}

export interface Following {
	/** Says that the stream is alive, and where it is. */
	beat(): void;
	leave(): void;
}

/** Entries kept for a reader that is behind; when there are more it reads them from the source. */
const MAX_WAITING = 1_000;
/** Where an empty stream is. */
const BEGINNING = "0-0";

/**
 * Writes every change after a place to the outlet, without gap and without doubling. A reader whose
 * outlet is full is no longer given what comes, but reads at its own pace from the source until it is
 * level again. Throws CACHE_UNAVAILABLE when Redis is away; when it goes later, the reader is told and
 * the stream ends.
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

	/** Nobody can tell any more what was between: the reader goes on from now. */
	function jump(newest: string): void {
		place = { entry: newest };
		outlet.write(resetLines(place));
	}

	/** Writes what the source has after the place; false when the reader is gone. */
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
		// No await from here on: nothing comes between what has waited and what comes next.
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

/** Whether there may have been changes after the entry that nobody can tell any more. */
function isLost(
	entry: string,
	{ oldest, newest }: { oldest: string; newest: string },
): boolean {
	if (entry === BEGINNING) return false;
	// Of another Redis: what comes would look as if it had been read already.
	if (compareEntries(entry, newest) > 0) return true;
	return compareEntries(entry, oldest) < 0;
}
