import type { Config } from "../config.ts";
import type { HttpApiDeps } from "../http/server.ts";
import { createHeadSignatures } from "../plans/head-signatures.ts";
import type { WatchQueue } from "../sla/watch-queue.ts";
import { watchWrites } from "../sla/watch-writes.ts";
import { createChangeFeed } from "../storage/change-feed.ts";
import { announceWrites, createChangeLog } from "../storage/change-log.ts";
import {
	createDocumentStore,
	type DocumentStore,
} from "../storage/document-store.ts";
import { signHeads } from "../storage/sign-heads.ts";
import type { Parts } from "./parts.ts";

/** What signs the ends of audit trails and knows its signatures; undefined when they are not signed. */
export function headSignatures({ auditSigning }: Pick<Config, "auditSigning">) {
	return auditSigning === null ? undefined : createHeadSignatures(auditSigning);
}

/** The store of plans' documents; it publishes their changes to watchers, and schedules the next look at each plan. */
export async function openDocuments(
	{ config, lifecycle, log, metrics, mongo, redis }: Parts,
	queue: WatchQueue | undefined,
): Promise<DocumentStore> {
	const changes = await lifecycle.start(
		"change log",
		() => createChangeLog(redis, config.events, { log, metrics }),
		async (it) => it.close(),
	);
	const store = createDocumentStore(mongo);
	const signer = headSignatures(config);
	const signed = signer === undefined ? store : signHeads(store, signer);
	const { rules } = config.sla;
	const watched =
		queue === undefined ? signed : watchWrites(signed, { queue, rules });
	return announceWrites(watched, changes);
}

/** The source of `GET /events`. */
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
