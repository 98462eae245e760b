import type { Change } from "../domain/change.ts";
import { changesOf } from "../domain/change.ts";
import type { DocumentWrite } from "../domain/documents.ts";
import type { DocumentStore } from "./document-store.ts";
import type { Redis } from "./redis.ts";
import type { StorageContext } from "./storage-context.ts";

export interface ChangeLogSettings {
	/** Key of the Redis stream: one for all processes of an installation. */
	key: string;
	/** Approximate number of kept entries; an entry has at most 50 changes of one write of documents. */
	maxLength: number;
}

/** Publishes changes to watchers. */
export interface ChangeLog {
	/**
	 * One round trip to Redis. Best effort: never throws; lost changes are counted, and announced as soon as
	 * Redis answers.
	 */
	append(changes: readonly Change[]): Promise<void>;
	close(): void;
}

const CHANGES_AN_ENTRY = 50;
const RETRY_MS = 1_000;
/** Field of an entry that says that changes were lost before it. */
export const LOST = "lost";

export function createChangeLog(
	redis: Redis,
	{ key, maxLength }: ChangeLogSettings,
	{ metrics, log }: StorageContext,
): ChangeLog {
	let timer: NodeJS.Timeout | undefined;

	async function add(entries: readonly string[][]): Promise<void> {
		await redis.run("append_changes", async (client) => {
			await Promise.all(
				entries.map((fields) =>
					client.xadd(key, "MAXLEN", "~", maxLength, "*", ...fields),
				),
			);
		});
	}

	/** After lost changes, tell watchers to reload, even if nothing else changes. */
	function tellLater(): void {
		timer ??= setTimeout(() => {
			timer = undefined;
			add([[LOST, "1"]]).catch(tellLater);
		}, RETRY_MS).unref();
	}

	return {
		async append(changes) {
			if (changes.length === 0) return;
			try {
				await add(toEntries(changes));
			} catch (error) {
				metrics.changesLost.inc(changes.length);
				log.debug({ error, count: changes.length }, "changes not announced");
				tellLater();
			}
		},
		close() {
			clearTimeout(timer);
		},
	};
}

function toEntries(changes: readonly Change[]): string[][] {
	const entries: string[][] = [];
	for (let from = 0; from < changes.length; from += CHANGES_AN_ENTRY) {
		const chunk = changes.slice(from, from + CHANGES_AN_ENTRY);
		entries.push(
			chunk.flatMap((change) => [change.kind, JSON.stringify(change)]),
		);
	}
	return entries;
}

/** A document store that also publishes the changes of its writes, once they are stored. */
export function announceWrites(
	store: DocumentStore,
	changes: Pick<ChangeLog, "append">,
): DocumentStore {
	return {
		async write(writes: readonly DocumentWrite[]) {
			await store.write(writes);
			await changes.append(changesOf(writes));
		},
	};
}
