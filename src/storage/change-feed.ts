import { setTimeout as sleep } from "node:timers/promises";
import { DeadlineError, withinMs } from "../deadline.ts";
import { type Change, type ChangeKind, changeKinds } from "../domain/change.ts";
import { OrchestratorError } from "../errors.ts";
import type {
	ChangeEntry,
	ChangeListener,
	ChangeSource,
} from "../plans/change-ports.ts";
import { LOST } from "./change-log.ts";
import {
	openRedisClient,
	type Redis,
	type RedisClient,
	type RedisSettings,
	waitForFirstConnection,
} from "./redis.ts";
import type { StorageContext } from "./storage-context.ts";

/** The stream of changes of all processes. */
export interface ChangeFeed extends ChangeSource {
	close(): Promise<void>;
}

const BLOCK_MS = 5_000;
/** A connection that is silent for this much longer is dead. */
const MARGIN_MS = 2_000;
const RETRY_MS = 500;
const LIVE_COUNT = 500;
/** At most 50 changes each: a page stays far below a megabyte. */
const PAGE_COUNT = 100;
/** The position of an empty stream. */
const BEGINNING = "0-0";

/**
 * Reads the stream once for all listeners, on its own connection, from the first listener on. Changes during
 * an outage of that connection are not lost: `read` returns them.
 */
export function createChangeFeed(
	redis: Redis,
	settings: RedisSettings & { key: string },
	{ log }: StorageContext,
): ChangeFeed {
	const { key } = settings;
	const listeners = new Set<ChangeListener>();
	const stopped = new AbortController();
	let client: RedisClient | undefined;
	let reading: Promise<void> | undefined;
	/** The last entry that all listeners have; undefined while it is not known. */
	let position: string | undefined;
	let first = Promise.withResolvers<void>();

	async function begin(live: RedisClient): Promise<void> {
		await waitForFirstConnection(live);
		while (!stopped.signal.aborted) {
			try {
				position ??= (await readBounds(redis, key)).newest;
				first.resolve();
				await readOn(live, position);
			} catch (error) {
				lose(error);
				// A pending read would block the next command on this connection.
				if (error instanceof DeadlineError) live.disconnect(true);
				await sleep(RETRY_MS, undefined, { signal: stopped.signal }).catch(
					() => undefined,
				);
			}
		}
	}

	async function readOn(live: RedisClient, from: string): Promise<void> {
		const found = await withinMs(BLOCK_MS + MARGIN_MS, () =>
			live.xread(
				...(["COUNT", LIVE_COUNT, "BLOCK", BLOCK_MS] as const),
				...(["STREAMS", key, from] as const),
			),
		);
		const [, entries = []] = found?.[0] ?? [];
		for (const raw of entries) {
			const entry = toEntry(raw);
			position = entry.id;
			for (const listener of listeners) listener.onEntry(entry);
		}
	}

	function lose(error: unknown): void {
		if (stopped.signal.aborted) return;
		position = undefined;
		first.resolve();
		first = Promise.withResolvers();
		log.warn({ error, listeners: listeners.size }, "changes cannot be read");
		for (const listener of [...listeners]) {
			listeners.delete(listener);
			listener.onAway();
		}
	}

	return {
		async follow(listener) {
			if (reading === undefined) {
				client = openRedisClient(settings);
				client.on("error", () => undefined);
				reading = begin(client);
			}
			const hasBegun = first.promise;
			if (position === undefined)
				await withinMs(MARGIN_MS, () => hasBegun).catch(() => undefined);
			if (position === undefined || stopped.signal.aborted) {
				throw new OrchestratorError(
					"CACHE_UNAVAILABLE",
					"changes cannot be read now: redis is away",
				);
			}
			listeners.add(listener);
			return position;
		},
		leave(listener) {
			listeners.delete(listener);
		},
		async read({ id, inclusive }) {
			const from = inclusive ? id : `(${id}`;
			const found = await redis.run("read_changes", (shared) =>
				shared.xrange(key, from, "+", "COUNT", PAGE_COUNT),
			);
			return found.map(toEntry);
		},
		bounds: () => readBounds(redis, key),
		async close() {
			stopped.abort();
			first.resolve();
			client?.disconnect();
			await reading;
		},
	};
}

async function readBounds(
	redis: Redis,
	key: string,
): Promise<{ oldest: string; newest: string }> {
	const [first, last] = await redis.run("read_change_bounds", (client) =>
		// Both commands of one tick share a round trip.
		Promise.all([
			client.xrange(key, "-", "+", "COUNT", 1),
			client.xrevrange(key, "+", "-", "COUNT", 1),
		]),
	);
	return {
		oldest: first[0]?.[0] ?? BEGINNING,
		newest: last[0]?.[0] ?? BEGINNING,
	};
}

/** Fields are pairs of kind and JSON; kinds of other releases are skipped. */
function toEntry([id, fields]: [string, string[]]): ChangeEntry {
	const changes: ChangeEntry["changes"] = [];
	for (let at = 0; at + 1 < fields.length; at += 2) {
		const kind = fields[at] as ChangeKind;
		const json = fields[at + 1] as string;
		const plan_id = changeKinds.includes(kind) ? planOf(json) : undefined;
		if (plan_id !== undefined) changes.push({ kind, plan_id, json });
	}
	return { id, isAfterLoss: fields[0] === LOST, changes };
}

function planOf(json: string): string | undefined {
	try {
		const { plan_id } = JSON.parse(json) as Partial<Change>;
		return typeof plan_id === "string" ? plan_id : undefined;
	} catch {
		return undefined;
	}
}
