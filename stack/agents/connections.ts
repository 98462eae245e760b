import type { Log } from "../../src/log.ts";
import { createCodec } from "../../src/messaging/codec.ts";
import { createProducer, type Producer } from "../../src/messaging/producer.ts";
import {
	createTopicTable,
	type TopicTable,
} from "../../src/messaging/topics.ts";
import {
	openGrpcRegistry,
	type RemoteRegistry,
} from "../../src/registry/grpc-registry.ts";
import type { AgentRegistry } from "../../src/registry/ports.ts";
import { createRedisRegistry } from "../../src/registry/redis-registry.ts";
import { createRedis, type Redis } from "../../src/storage/redis.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import type { AgentsOptions } from "./agents-options.ts";
import {
	createDependencyWait,
	type DependencyWait,
} from "./dependency-wait.ts";
import { createResultEncoder, type EncodeResult } from "./encode-result.ts";
import { createRedisClaims } from "./redis-claims.ts";
import type { AgentSettings } from "./settings.ts";
import { createTicketApi } from "./ticket-api.ts";
import type { ClaimStore } from "./ticket-claims.ts";
import { createTicketSources, type OpenTicketSource } from "./ticket-source.ts";

/** What the agents of a process share. */
export interface Connections {
	log: Log;
	topics: TopicTable;
	producer: Producer;
	encodeResult: EncodeResult;
	openSource: OpenTicketSource;
	dependencies: DependencyWait;
	/** Absent without Redis and an address. */
	registry: AgentRegistry | undefined;
	/** Absent without Redis. */
	claimStore: ClaimStore | undefined;
	/** True once for each ticket: a crash that always came again would block the partition. */
	isFirstCrash(ticketId: string): boolean;
	close(): Promise<void>;
}

const silent: Log = {
	debug: () => {},
	info: () => {},
	warn: () => {},
	error: () => {},
};

/** Opens everything; nothing has to be reachable yet. */
export async function openConnections(
	options: AgentsOptions,
	settings: AgentSettings,
): Promise<Connections> {
	const { brokers, registryUrl, log = silent } = options;
	const topics = createTopicTable(options.topicNames);
	const producer = await createProducer({
		brokers,
		clientId: "worker-agents",
		compression: "gzip",
		log,
	});
	const redis = openRedis(options, log);
	const remote = openRemoteRegistry(options, log);
	const { leaseMs } = settings;
	const registry = remote ?? (redis && createRedisRegistry(redis, { leaseMs }));
	const codec = createCodec(registryUrl === undefined ? {} : { registryUrl });
	const crashed = new Set<string>();
	return {
		log,
		topics,
		producer,
		encodeResult: createResultEncoder(topics.results.name, registryUrl),
		openSource: createTicketSources({
			consumer: {
				brokers,
				log,
				groupId: options.groupId ?? "worker-agents",
				topics: [topics.tickets.name],
				fromBeginning: true,
			},
			decode: (value) => codec.decode(value),
			onDropped: (error) => log.error({ error }, "a ticket was given up"),
		}),
		dependencies: createDependencyWait({
			...settings,
			api: createTicketApi(options.apiUrl),
			waitMaxMs: settings.dependencyWaitMaxMs,
		}),
		registry,
		claimStore: redis && registry && createRedisClaims(redis, registry),
		isFirstCrash(ticketId) {
			const isFirst = !crashed.has(ticketId);
			crashed.add(ticketId);
			return isFirst;
		},
		async close() {
			await producer.close();
			remote?.close();
			await redis?.close();
		},
	};
}

/** No caller waits for an agent's claims and leases: a slow answer is better than none. */
const REDIS_TIMEOUT_MS = 2_000;

function openRedis(
	{ redisNodes, redisPassword }: AgentsOptions,
	log: Log,
): Redis | undefined {
	if (redisNodes === undefined) return undefined;
	const settings = {
		nodes: redisNodes,
		password: redisPassword,
		timeoutMs: REDIS_TIMEOUT_MS,
	};
	return createRedis(settings, { log, metrics: createMetrics() });
}

/** How long an agent waits for an answer of the registry. */
const REGISTRY_TIMEOUT_MS = 3_000;

function openRemoteRegistry(
	{ registryAddress: address, registryToken: token }: AgentsOptions,
	log: Log,
): RemoteRegistry | undefined {
	if (address === undefined) return undefined;
	return openGrpcRegistry({
		address,
		token,
		timeoutMs: REGISTRY_TIMEOUT_MS,
		log,
	});
}
