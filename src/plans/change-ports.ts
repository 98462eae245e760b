import type { ChangeKind } from "../domain/change.ts";

/** What one write of documents changed, or part of it. */
export interface ChangeEntry {
	/** `{ms}-{sequence}`, greater than that of every entry before. */
	id: string;
	/** Changes before this entry were lost. */
	isAfterLoss: boolean;
	changes: { kind: ChangeKind; plan_id: string; json: string }[];
}

export interface ChangeListener {
	onEntry(entry: ChangeEntry): void;
	/** Nothing more comes to this listener. */
	onAway(): void;
}

/** The changes of all processes. Calls that answer throw CACHE_UNAVAILABLE when Redis is away. */
export interface ChangeSource {
	/** From now on the listener gets every entry after the position that is answered. */
	follow(listener: ChangeListener): Promise<string>;
	leave(listener: ChangeListener): void;
	/** The next entries after the id, or from it on, oldest first; none at the end. */
	read(from: { id: string; inclusive: boolean }): Promise<ChangeEntry[]>;
	/** Ids of the oldest and the newest entry there are now; `0-0` when there is none. */
	bounds(): Promise<{ oldest: string; newest: string }>;
}
