import type { ChangeKind } from "../domain/change.ts";

/** The changes of one write of documents, or a part of them. */
export interface ChangeEntry {
	/** `{ms}-{sequence}`, greater than that of every entry before. */
	id: string;
	/** Changes before this entry were lost. */
	isAfterLoss: boolean;
	changes: { kind: ChangeKind; plan_id: string; json: string }[];
}

export interface ChangeListener {
	onEntry(entry: ChangeEntry): void;
	/** This listener gets no more entries. */
	onAway(): void;
}

/** The changes of all processes. Calls that answer throw CACHE_UNAVAILABLE when Redis is away. */
export interface ChangeSource {
	/** From now on the listener gets every entry after the returned position. */
	follow(listener: ChangeListener): Promise<string>;
	leave(listener: ChangeListener): void;
	/** The next entries after the id, or from it on, oldest first; none at the end. */
	read(from: { id: string; inclusive: boolean }): Promise<ChangeEntry[]>;
	/** Ids of the oldest and the newest stored entry; `0-0` when there is no entry. */
	bounds(): Promise<{ oldest: string; newest: string }>;
}
