import type { AgentInfo } from "../domain/registry/agent.ts";
import {
	type AgentFilters,
	compareIds,
	isMatching,
	judgeAgent,
	rankAgents,
} from "../domain/registry/judge-agent.ts";
import { agentLimits } from "../domain/registry/read-agent.ts";
import { OrchestratorError } from "../errors.ts";
import type { Redis } from "../storage/redis.ts";
import type { AgentRegistry } from "./ports.ts";
import {
	deregisterScript,
	heartbeatScript,
	listScript,
	notifyScript,
	registerScript,
} from "./redis-scripts.ts";
import {
	readStoredAgent,
	type StoredBeat,
	type StoredRegistration,
} from "./stored-agent.ts";
import { createChangeWatch } from "./watch-changes.ts";

export interface RedisRegistryOptions {
	/** How long an agent lives without a heartbeat. */
	leaseMs: number;
	/** First part of the keys. */
	space?: string;
	nowMs?: () => number;
	/** Between two looks for watchers. */
	lookIntervalMs?: number;
}

/** Agents that ended are shown so long, as UNHEALTHY. */
const SHOWN_AFTER_END_MS = 5 * 60_000;
/**
 * They are forgotten long after that: by then their tickets have timed out, at the latest by their plan's
 * limit, and nobody asks any more whether they died.
 */
const FORGET_AFTER_MS = 4 * 3_600_000;
const AGENTS_MAX = 5_000;
/** Heartbeats come every five seconds, and a lease takes fifteen to end. */
const LOOK_INTERVAL_MS = 2_000;

/** The registry on its own state in Redis. Any number of processes may use the same state. */
export function createRedisRegistry(
	redis: Redis,
	{
		leaseMs,
		space = "registry",
		nowMs = Date.now,
		lookIntervalMs = LOOK_INTERVAL_MS,
	}: RedisRegistryOptions,
): AgentRegistry {
	// One slot of a cluster: scripts touch all of them.
	const keys = ["leases", "agents", "beats", "notices"].map(
		(name) => `{${space}}:${name}`,
	);
	const script = <T>(
		name: string,
		text: string,
		...args: (string | number)[]
	): Promise<T> =>
		redis.run(
			name,
			async (client) =>
				(await client.eval(text, keys.length, ...keys, ...args)) as T,
		);

	async function list(filters: AgentFilters = {}): Promise<AgentInfo[]> {
		const now = nowMs();
		const found = await script<ListAnswer>(
			"list_agents",
			listScript,
			now - SHOWN_AFTER_END_MS,
		);
		return readList(found, now)
			.filter((agent) => isMatching(agent, [], filters))
			.sort((a, b) => compareIds(a.agent_id, b.agent_id));
	}

	return {
		async register({ telemetry, ...agent }) {
			const now = nowMs();
			const registration: StoredRegistration = { ...agent, registered_at: now };
			const beat: StoredBeat = { last_seen: now, telemetry, metadata: {} };
			const isTaken = await script<number>(
				"register_agent",
				registerScript,
				agent.agent_id,
				toBoundedJson(registration, agent.agent_id),
				toBoundedJson(beat, agent.agent_id),
				now + leaseMs,
				now,
				now - FORGET_AFTER_MS,
				AGENTS_MAX,
			);
			if (isTaken === 0)
				throw new OrchestratorError(
					"REGISTRATION_REFUSED",
					`the registry holds ${AGENTS_MAX} agents, and takes no more until one of them ends`,
				);
			return { registered_at: now };
		},

		async heartbeat({ agent_id, telemetry, metadata }) {
			const now = nowMs();
			const beat: StoredBeat = { last_seen: now, telemetry, metadata };
			const isKnown = await script<number>(
				"heartbeat_agent",
				heartbeatScript,
				agent_id,
				toBoundedJson(beat, agent_id),
				now + leaseMs,
			);
			if (isKnown === 0) return undefined;
			const status = judgeAgent(beat, now + leaseMs, now);
			return { status, last_seen: now };
		},

		async deregister(agentId) {
			const removed = await script<number>(
				"deregister_agent",
				deregisterScript,
				agentId,
			);
			return removed > 0;
		},

		async discover(capabilities, filters, maxResults) {
			const agents = await list(filters);
			const able = agents.filter((one) => isMatching(one, capabilities, {}));
			return rankAgents(able).slice(0, maxResults);
		},

		async get(agentId) {
			const now = nowMs();
			const [leases = "", agents = "", beats = "", notices = ""] = keys;
			// Asked in one tick, so sent together.
			const [end, registration, beat, notice] = await redis.run(
				"get_agent",
				async (client) =>
					await Promise.all([
						client.zscore(leases, agentId),
						client.hget(agents, agentId),
						client.hget(beats, agentId),
						client.hget(notices, agentId),
					]),
			);
			const leaseEndsAtMs = Number(end ?? 0);
			return readStoredAgent(
				{ leaseEndsAtMs, registration, beat, notice },
				now,
			);
		},

		list,
		watch: createChangeWatch({ list, nowMs, intervalMs: lookIntervalMs }),

		async notify({ agent_id, notification_type, message }) {
			const notice = {
				notification_type,
				notification_message: message,
				notification_at: String(nowMs()),
			};
			const isKnown = await script<number>(
				"notify_agent",
				notifyScript,
				agent_id,
				toBoundedJson(notice, agent_id),
			);
			return isKnown > 0;
		},

		ping: () => redis.ping(),
	};
}

type Chunks = (string | null)[][];
type ListAnswer = [leases: string[], ...hashes: [Chunks, Chunks, Chunks]];

function readList([leases, ...hashes]: ListAnswer, nowMs: number): AgentInfo[] {
	const [registrations, beats, notices] = hashes.map((chunks) => chunks.flat());
	const agents: AgentInfo[] = [];
	for (let at = 0; at < leases.length / 2; at += 1) {
		const agent = readStoredAgent(
			{
				leaseEndsAtMs: Number(leases[2 * at + 1]),
				registration: registrations?.[at] ?? null,
				beat: beats?.[at] ?? null,
				notice: notices?.[at] ?? null,
			},
			nowMs,
		);
		if (agent !== undefined) agents.push(agent);
	}
	return agents;
}

function toBoundedJson(value: object, agentId: string): string {
	const text = JSON.stringify(value);
	const bytes = Buffer.byteLength(text);
	if (bytes <= agentLimits.recordBytes) return text;
	throw new OrchestratorError(
		"REGISTRATION_REFUSED",
		`agent ${agentId} says ${bytes} bytes of itself, at most ${agentLimits.recordBytes} are kept: shorten its capabilities or metadata`,
	);
}
