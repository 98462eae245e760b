import type { HttpApiDeps } from "../http/server.ts";
import { createChangeFeed } from "../storage/change-feed.ts";
import { announceWrites, createChangeLog } from "../storage/change-log.ts";
import {
	createDocumentStore,
	type DocumentStore,
} from "../storage/document-store.ts";
import type { Parts } from "./parts.ts";

/** The documents that plans write; what changes is told to whoever watches. */
export async function openDocuments({
	config,
	lifecycle,
	log,
	metrics,
	mongo,
	redis,
}: Parts): Promise<DocumentStore> {
	const changes = await lifecycle.start(
		"change log",
		() => createChangeLog(redis, config.events, { log, metrics }),
		async (it) => it.close(),
	);
	return announceWrites(createDocumentStore(mongo), changes);
}

/** What `GET /events` rests on. */
export async function openEvents({
	config,
	lifecycle,
	log,
	metrics,
	redis,
}: Parts): Promise<HttpApiDeps["events"]> {
	const { key, maxReaders, maxReadersPerCaller } = config.events;
	const source = await lifecycle.start(
		"change feed",
		() => createChangeFeed(redis, { ...config.redis, key }, { log, metrics }),
		(it) => it.close(),
	);
	return { source, maxReaders, maxReadersPerCaller };
}
