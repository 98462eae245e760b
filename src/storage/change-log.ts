import type { Change } from "../domain/change.ts";
import { changesOf } from "../domain/change.ts";
import type { DocumentWrite } from "../domain/documents.ts";
import type { DocumentStore } from "./document-store.ts";
import type { Redis } from "./redis.ts";
import type { StorageContext } from "./storage-context.ts";

export interface ChangeLogSettings {
	/** Key of the Redis stream: one for all processes of an installation. */
	key: string;
	/** Entries that are kept, about; an entry is what one write of documents changed, in parts of 50. */
	maxLength: number;
}

/** Tells people who watch what has changed. */
export interface ChangeLog {
	/** One round trip to Redis. Best effort: never throws; what is lost is counted, and told as soon as Redis answers. */
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

	/** Whoever watches must load anew, and is told so even when nothing changes any more. */
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

/** The store, which also tells what its writes have changed once they have landed. */
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
