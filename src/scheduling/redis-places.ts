import { createHash } from "node:crypto";
import type { Holdings } from "../domain/scheduling/choose-workers.ts";
import type { Trace } from "../domain/scheduling/traces.ts";
import type { Redis, RedisClient } from "../storage/redis.ts";
import {
	type Counts,
	countsOf,
	packedChunk,
	packedEnds,
	tracesOf,
} from "./packed-places.ts";
import type { PlaceStore } from "./places.ts";
import type { PreemptionStore } from "./preemption.ts";
import {
	countScript,
	freeAgentsScript,
	freeScript,
	giveUpPreemptionScript,
	preemptScript,
	reserveScript,
	tracesOfAgentsScript,
} from "./reservation-scripts.ts";

/** Counts older than this are read again before anybody is chosen by them. */
const COUNTS_MS = 1_000;
/** Traces older than this are read again with the counts: a worker that begins to fail is soon seen. */
const TRACES_MS = 250;
/** Kinds of tickets whose traces are remembered. */
const MAX_KINDS = 1_000;
/** Workers whose traces are shown in one call. */
const AGENTS_AT_ONCE = 500;
/** Plans and intents whose counts are remembered. */
const MAX_REMEMBERED = 1_000;

const none: Counts = new Map();

interface Known {
	held: Counts;
	critical: Counts;
	work: Counts;
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
	{
		keyPrefix = "{scheduler}",
		traceHalfLifeMs = 0,
	}: {
		keyPrefix?: string;
		/** 0: outcomes leave no traces. */
		traceHalfLifeMs?: number;
	} = {},
): PlaceStore & PreemptionStore & TraceReader {
	let known: Known = {
		...{ held: none, critical: none, work: none },
		atMs: -Infinity,
	};
	const kinds = new Map<string, KnownTraces>();
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

	function learn(held: string[], critical: string[], work: string[]): void {
		known = {
			held: countsOf(held),
			critical: countsOf(critical),
			work: countsOf(work),
			atMs: performance.now(),
		};
	}

	async function readCounts(traceKeys: readonly string[]): Promise<void> {
		const [held, critical, work, traces] = await evaluate<
			[string[], string[], string[], string[][]]
		>("count_places", countScript, ...traceKeys);
		learn(held, critical, work);
		if (kinds.size + traceKeys.length > MAX_KINDS) kinds.clear();
		traceKeys.forEach((key, at) => {
			const atMs = performance.now();
			kinds.set(key, { atMs, traces: tracesOf(traces[at] ?? []) });
		});
	}

	/** Kinds whose traces must be read. */
	function unread(traceKeys: readonly string[]): string[] {
		if (traceHalfLifeMs === 0) return [];
		const oldestMs = performance.now() - TRACES_MS;
		return traceKeys.filter(
			(key) => !((kinds.get(key)?.atMs ?? -Infinity) > oldestMs),
		);
	}

	return {
		async refresh(traceKeys = []) {
			// What another chunk is reading may be what this one needs.
			await reading;
			const keys = unread(traceKeys);
			const isKnown = performance.now() - known.atMs <= COUNTS_MS;
			if (isKnown && keys.length === 0) return;
			const own = readCounts(keys).finally(() => {
				if (reading === own) reading = undefined;
			});
			reading = own;
			await own;
		},
		traces(traceKey) {
			return traceHalfLifeMs === 0 ? undefined : kinds.get(traceKey)?.traces;
		},
		async readTraces(agentIds) {
			if (traceHalfLifeMs === 0) return undefined;
			const found = new Map<string, { key: string; trace: Trace }[]>();
			for (let start = 0; start < agentIds.length; start += AGENTS_AT_ONCE) {
				const part = agentIds.slice(start, start + AGENTS_AT_ONCE);
				const kindsOf = await evaluate<[string, string[]][]>(
					"read_traces",
					tracesOfAgentsScript,
					...part,
				);
				for (const [key, list] of kindsOf)
					for (const [agent, trace] of tracesOf(list)) {
						const own = found.get(agent) ?? [];
						own.push({ key, trace });
						found.set(agent, own);
					}
			}
			return found;
		},
		holdings(planId, intentId): Holdings {
			return {
				held: known.held,
				critical: known.critical,
				work: known.work,
				plan: plans.get(planId),
				intent: intents.get(intentId),
			};
		},
		async reserve(chunk) {
			const [agents, held, critical, work, plan, intent] = await evaluate<
				[string[], string[], string[], string[], string[], string[]]
			>("reserve_places", reserveScript, packedChunk(chunk, traceHalfLifeMs));
			learn(held, critical, work);
			plans.set(chunk.plan_id, countsOf(plan));
			intents.set(chunk.intent_id, countsOf(intent));
			return agents.map(orNull);
		},
		async free(tickets) {
			const agents = await evaluate<string[]>(
				"free_places",
				freeScript,
				packedEnds(tickets, traceHalfLifeMs),
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

interface KnownTraces {
	traces: ReadonlyMap<string, Trace>;
	atMs: number;
}

/** What is shown of the workers. */
export interface TraceReader {
	/** Traces by agent, those of its newest kinds first; undefined: they are off. Throws CACHE_UNAVAILABLE. */
	readTraces(
		agentIds: readonly string[],
	): Promise<ReadonlyMap<string, { key: string; trace: Trace }[]> | undefined>;
}

function orNull(agent: string): string | null {
	return agent === "" ? null : agent;
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
		...[giveUpPreemptionScript, preemptScript, tracesOfAgentsScript],
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
