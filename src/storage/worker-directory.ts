import type {
	KnownWorker,
	WorkerView,
	WorkerDirectory as WorkerViews,
} from "../plans/worker-directory.ts";
import type { Redis } from "./redis.ts";

/** A worker agent's announcement. */
export interface WorkerAgent {
	agent_id: string;
	capabilities: string[];
	max_concurrent_tasks: number;
	http_url?: string;
}

/** The worker agents with a lease. A lease ends unless the agent renews it. */
export interface WorkerDirectory {
	/** Sorted by id; at most 1 s old. Throws CACHE_UNAVAILABLE when Redis is away. */
	listAgents(): Promise<WorkerAgent[]>;
	/** Which of these agents recently lost their lease without giving it back. Throws CACHE_UNAVAILABLE. */
	lostAgents(agentIds: readonly string[]): Promise<string[]>;
	/** Takes or renews the agent's lease. Throws CACHE_UNAVAILABLE. */
	announce(agent: WorkerAgent, leaseMs: number): Promise<void>;
	/** Gives the lease back. Throws CACHE_UNAVAILABLE. */
	withdraw(agentId: string): Promise<void>;
}

/** ZSET: member agent id, score = end of the lease, Unix epoch ms. */
const LEASES_KEY = "worker:agents";
/** HASH: agent id to its announcement as JSON. */
const INFO_KEY = "worker:agents:info";
const CACHE_MS = 1_000;
/**
 * A lease is deleted long after its end: by then its agent will not renew it at the same moment, and its
 * tickets have timed out, at the latest by their plan's limit.
 */
const FORGET_AFTER_MS = 4 * 3_600_000;

export function createWorkerDirectory(
	redis: Redis,
	nowMs: () => number = Date.now,
): WorkerDirectory {
	let cached: { readAtMs: number; agents: Promise<WorkerAgent[]> } | undefined;

	return {
		async listAgents() {
			const now = nowMs();
			if (cached === undefined || now - cached.readAtMs >= CACHE_MS) {
				const agents = readAgents(redis, now);
				const mine = { readAtMs: now, agents };
				cached = mine;
				// A failure reaches the callers of this read, and is not cached.
				agents.catch(() => {
					if (cached === mine) cached = undefined;
				});
			}
			return await cached.agents;
		},

		async lostAgents(agentIds) {
			const now = nowMs();
			return await redis.run("find_lost_workers", async (client) => {
				const ends = await Promise.all(
					agentIds.map((id) => client.zscore(LEASES_KEY, id)),
				);
				return agentIds.filter((_, index) => {
					const end = ends[index] ?? null;
					return end !== null && Number(end) <= now;
				});
			});
		},

		async announce(agent, leaseMs) {
			const now = nowMs();
			await redis.run("announce_worker", async (client) => {
				// Together: a rejection that nobody awaits would end the process.
				const [gone] = await Promise.all([
					client.zrangebyscore(LEASES_KEY, "-inf", now - FORGET_AFTER_MS),
					// The announcement is written first, so that every reader of the lease finds it.
					client.hset(INFO_KEY, agent.agent_id, JSON.stringify(agent)),
					client.zadd(LEASES_KEY, now + leaseMs, agent.agent_id),
				]);
				const ids = gone.filter((id) => id !== agent.agent_id);
				if (ids.length === 0) return;
				await Promise.all([
					client.zrem(LEASES_KEY, ...ids),
					client.hdel(INFO_KEY, ...ids),
				]);
			});
		},

		async withdraw(agentId) {
			await redis.run("withdraw_worker", async (client) => {
				await Promise.all([
					client.zrem(LEASES_KEY, agentId),
					client.hdel(INFO_KEY, agentId),
				]);
			});
		},
	};
}

/** How long a view is used while the directory does not answer: by then every lease in it has ended. */
const LAST_KNOWN_MS = 60_000;

/** The view of the agents that the directory lists; while it is away, the last one. */
export function createWorkerViews(
	directory: Pick<WorkerDirectory, "listAgents">,
	nowMs: () => number = Date.now,
): WorkerViews {
	let last: { readAtMs: number; workers: readonly KnownWorker[] } | undefined;
	return {
		async view(): Promise<WorkerView> {
			try {
				const agents = await directory.listAgents();
				last = { readAtMs: nowMs(), workers: agents.map(toKnownWorker) };
				return { workers: last.workers, source: "registry", age_ms: 0 };
			} catch {
				const age_ms = last === undefined ? 0 : nowMs() - last.readAtMs;
				return last === undefined || age_ms > LAST_KNOWN_MS
					? { workers: [], source: "none", age_ms }
					: { workers: last.workers, source: "last-known", age_ms };
			}
		},
	};
}

function toKnownWorker(agent: WorkerAgent): KnownWorker {
	return {
		agent_id: agent.agent_id,
		capabilities: agent.capabilities,
		namespace: "default",
		security_level: "INTERNAL",
		status: "HEALTHY",
		slots: Math.max(1, agent.max_concurrent_tasks),
		active_tasks: null,
		telemetry: null,
		kafka_client_id: null,
		registered_at: 0,
		last_seen: 0,
		paused: null,
	};
}

async function readAgents(redis: Redis, nowMs: number): Promise<WorkerAgent[]> {
	const [ids, info] = await redis.run(
		"list_workers",
		async (client) =>
			await Promise.all([
				client.zrangebyscore(LEASES_KEY, `(${nowMs}`, "+inf"),
				client.hgetall(INFO_KEY),
			]),
	);
	return ids.sort().flatMap((id) => {
		const agent = parseAgent(info[id]);
		return agent === undefined ? [] : [agent];
	});
}

/** undefined for an invalid announcement: anybody can write to Redis. */
function parseAgent(text: string | undefined): WorkerAgent | undefined {
	try {
		const agent = JSON.parse(text ?? "") as Partial<WorkerAgent> | null;
		if (typeof agent?.agent_id !== "string") return undefined;
		const { capabilities, max_concurrent_tasks, http_url } = agent;
		return {
			agent_id: agent.agent_id,
			capabilities: Array.isArray(capabilities)
				? capabilities.filter((one) => typeof one === "string")
				: [],
			max_concurrent_tasks:
				typeof max_concurrent_tasks === "number" ? max_concurrent_tasks : 1,
			...(typeof http_url === "string" ? { http_url } : {}),
		};
	} catch {
		return undefined;
	}
}
