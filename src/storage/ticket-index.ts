import { LRUCache } from "lru-cache";
import type { TicketIndex } from "../plans/ticket-index.ts";
import type { Redis } from "./redis.ts";
import type { Mongo, StorageContext } from "./storage-context.ts";

/** As long as workers remember their finished tickets. */
export const LIFETIME_SECONDS = 7 * 24 * 3_600;
/** About 40 MB when full. */
const MEMORY_COUNT = 200_000;
const CHUNK_COUNT = 1_000;

export function createTicketIndex({
	mongo,
	redis,
	metrics,
}: {
	mongo: Mongo;
	redis: Redis;
	metrics: StorageContext["metrics"];
}): TicketIndex {
	const memory = new LRUCache<string, string>({ max: MEMORY_COUNT });

	/** Looks the ids up in one store, chunk by chunk. `rest`: those it does not have. */
	async function lookUp(
		source: "redis" | "mongodb",
		ids: readonly string[],
		found: Map<string, string>,
		read: (chunk: string[]) => Promise<Iterable<readonly [string, string]>>,
	): Promise<{ rest: string[]; hasAnswered: boolean }> {
		let hasAnswered = true;
		for (let from = 0; from < ids.length; from += CHUNK_COUNT) {
			try {
				for (const [id, planId] of await read(
					ids.slice(from, from + CHUNK_COUNT),
				)) {
					found.set(id, planId);
					memory.set(id, planId);
					metrics.ticketLookups.inc({ source });
				}
			} catch {
				// The error is already counted. Try the other store; ids unknown to both are retried later.
				hasAnswered = false;
				break;
			}
		}
		return { rest: ids.filter((id) => !found.has(id)), hasAnswered };
	}

	async function lookInCaches(ids: readonly string[]) {
		const found = new Map<string, string>();
		const unseen = [...new Set(ids)].filter((id) => {
			const planId = memory.get(id);
			if (planId !== undefined) found.set(id, planId);
			return planId === undefined;
		});
		if (found.size > 0) {
			metrics.ticketLookups.inc({ source: "memory" }, found.size);
		}
		const look = await lookUp("redis", unseen, found, async (chunk) => {
			const values = await redis.getMany(chunk.map(keyOf));
			return chunk.flatMap((id, index) => {
				const planId = values[index] ?? null;
				return planId === null ? [] : [[id, planId] as const];
			});
		});
		return { found, ...look };
	}

	async function lookInMongo(
		ids: readonly string[],
		found: Map<string, string>,
	): Promise<Map<string, string>> {
		const read = (chunk: string[]) => readAttempts(mongo, chunk);
		const { rest } = await lookUp("mongodb", ids, found, read);
		if (rest.length > 0) {
			metrics.ticketLookups.inc({ source: "none" }, rest.length);
		}
		return found;
	}

	return {
		async remember(entries) {
			for (const { ticket_id, plan_id } of entries) {
				memory.set(ticket_id, plan_id);
			}
			for (let from = 0; from < entries.length; from += CHUNK_COUNT) {
				const chunk = entries.slice(from, from + CHUNK_COUNT);
				const pairs = chunk.map(
					({ ticket_id, plan_id }) => [keyOf(ticket_id), plan_id] as const,
				);
				try {
					await redis.setMany(pairs, LIFETIME_SECONDS);
				} catch {
					// The error is already counted; the attempts' documents have the same ids.
					return;
				}
			}
		},

		async resolve(ids) {
			const { found, rest } = await lookInCaches(ids);
			return await lookInMongo(rest, found);
		},

		async resolveCached(ids) {
			const { found, rest, hasAnswered } = await lookInCaches(ids);
			if (!hasAnswered) await lookInMongo(rest, found);
			return { planIds: found, isConclusive: hasAnswered };
		},
	};
}

async function readAttempts(
	mongo: Mongo,
	ids: string[],
): Promise<(readonly [string, string])[]> {
	const attempts = await mongo.run(
		{ collection: "ticket_attempts", name: "resolve" },
		async (target) =>
			await target
				.find({ _id: { $in: ids } }, { projection: { plan_id: 1 } })
				.toArray(),
	);
	return attempts.map(({ _id, plan_id }) => [_id, String(plan_id)] as const);
}

function keyOf(ticketId: string): string {
	return `ticket:plan:${ticketId}`;
}
