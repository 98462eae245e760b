import { createHash } from "node:crypto";
import type { Holdings } from "../domain/scheduling/choose-workers.ts";
import type { Redis, RedisClient } from "../storage/redis.ts";
import type { ChunkRequest, PlaceStore } from "./places.ts";
import type { PreemptionStore } from "./preemption.ts";
import {
	countScript,
	freeAgentsScript,
	freeScript,
	giveUpPreemptionScript,
	preemptScript,
	reserveScript,
} from "./reservation-scripts.ts";

/** Counts older than this are read again before anybody is chosen by them. */
const COUNTS_MS = 1_000;
/** Plans and intents whose counts are remembered. */
const MAX_REMEMBERED = 1_000;

type Counts = ReadonlyMap<string, number>;
const none: Counts = new Map();

interface Known {
	held: Counts;
	critical: Counts;
	atMs: number;
}

/** An agent that preempted nothing is asked again after this, others before it. */
const REFUSAL_REST_MS = 5_000;

/**
 * Places that all processes share, in Redis: one round trip a chunk while chunks come at least once a second, two
 * after that. Throws CACHE_UNAVAILABLE when Redis is away.
 */
export function createRedisPlaces(
	redis: Redis,
	{ keyPrefix = "{scheduler}" }: { keyPrefix?: string } = {},
): PlaceStore & PreemptionStore {
	let known: Known = { held: none, critical: none, atMs: -Infinity };
	let reading: Promise<void> | undefined;
	const plans = createMemory();
	const intents = createMemory();

	async function evaluate<T>(
		name: string,
		script: string,
		...args: string[]
	): Promise<T> {
		return await redis.run(
			name,
			async (client) => (await runScript(client, script, keyPrefix, args)) as T,
		);
	}

	function learn(held: string[], critical: string[]): void {
		known = {
			held: countsOf(held),
			critical: countsOf(critical),
			atMs: performance.now(),
		};
	}

	return {
		async refresh() {
			if (performance.now() - known.atMs <= COUNTS_MS) return;
			reading ??= evaluate<[string[], string[]]>("count_places", countScript)
				.then((counts) => learn(...counts))
				.finally(() => {
					reading = undefined;
				});
			await reading;
		},
		holdings(planId, intentId): Holdings {
			return {
				held: known.held,
				critical: known.critical,
				plan: plans.get(planId),
				intent: intents.get(intentId),
			};
		},
		async reserve(chunk) {
			const [agents, held, critical, plan, intent] = await evaluate<
				[string[], string[], string[], string[], string[]]
			>("reserve_places", reserveScript, packed(chunk));
			learn(held, critical);
			plans.set(chunk.plan_id, countsOf(plan));
			intents.set(chunk.intent_id, countsOf(intent));
			return agents.map(orNull);
		},
		async free(ticketIds) {
			const agents = await evaluate<string[]>(
				"free_places",
				freeScript,
				...ticketIds,
			);
			return agents.map(orNull);
		},
		async freeAgents(agentIds) {
			return await evaluate<number>(
				"free_agents",
				freeAgentsScript,
				...agentIds,
			);
		},
		async preempt(urgentId, executed, { maxConcurrent, graceMs, cooldownMs }) {
			const numbers = [maxConcurrent, graceMs, cooldownMs].map(String);
			const pairs = executed.map(({ agent_id, ticket_id }) => [
				agent_id,
				ticket_id,
			]);
			const at = await evaluate<number>(
				"preempt",
				preemptScript,
				...[urgentId, ...numbers, JSON.stringify(pairs)],
			);
			if (at === -1) return "max_concurrent";
			if (at === -2) return "under_way";
			return executed[at - 1] ?? "no_candidates";
		},
		async giveUpPreemption(urgentId, agentId) {
			await evaluate(
				"give_up_preemption",
				giveUpPreemptionScript,
				...[urgentId, agentId, String(REFUSAL_REST_MS)],
			);
		},
	};
}

function packed({ plan_id, intent_id, tickets }: ChunkRequest): string {
	return JSON.stringify({
		plan: plan_id,
		intent: intent_id,
		tickets: tickets.map((ticket) => [
			ticket.ticket_id,
			ticket.former_ticket_id ?? "",
			ticket.isCritical ? 1 : ticket.isPreemptable ? 2 : 0,
			ticket.lapseMs,
			ticket.agents.map(({ agent_id, places }) => [agent_id, places]),
		]),
	});
}

function orNull(agent: string): string | null {
	return agent === "" ? null : agent;
}

/** A hash as the server lists it: field, value, field, value. */
function countsOf(list: readonly string[]): Counts {
	const counts = new Map<string, number>();
	for (let at = 0; at < list.length; at += 2)
		counts.set(list[at] as string, Number(list[at + 1]));
	return counts;
}

/** The newest counts of a few plans: advice, so that what is forgotten counts as none. */
function createMemory() {
	const counts = new Map<string, Counts>();
	return {
		get: (id: string): Counts => counts.get(id) ?? none,
		set(id: string, value: Counts): void {
			counts.delete(id);
			counts.set(id, value);
			if (counts.size <= MAX_REMEMBERED) return;
			for (const oldest of counts.keys()) {
				counts.delete(oldest);
				break;
			}
		},
	};
}

const digests = new Map(
	[
		...[countScript, freeAgentsScript, freeScript, reserveScript],
		...[giveUpPreemptionScript, preemptScript],
	].map((script) => [script, createHash("sha1").update(script).digest("hex")]),
);

/** By the script's digest; the text is sent only to a server that does not know it. */
async function runScript(
	client: RedisClient,
	script: string,
	key: string,
	args: string[],
): Promise<unknown> {
	try {
		const digest = digests.get(script) as string;
		return await client.evalsha(digest, 1, key, ...args);
	} catch (error) {
		if (!(error as Error).message.startsWith("NOSCRIPT")) throw error;
		return await client.eval(script, 1, key, ...args);
	}
}
