import type { Config } from "../config.ts";
import type { Lifecycle } from "../lifecycle.ts";
import type { Log } from "../log.ts";
import { openGrpcRegistry } from "../registry/grpc-registry.ts";
import { createPauses, type Pauses } from "../registry/pauses.ts";
import type { AgentRegistry } from "../registry/ports.ts";
import { createRedisRegistry } from "../registry/redis-registry.ts";
import {
	type OpenWorkerView,
	openWorkerView,
} from "../registry/worker-view.ts";
import type { Redis } from "../storage/redis.ts";
import { createWorkerViewMetrics } from "../telemetry/count-workers.ts";
import type { Metrics } from "../telemetry/metrics.ts";

interface Needed {
	config: Config;
	redis: Redis;
	log: Log;
	metrics: Metrics;
	lifecycle: Lifecycle;
}

/** What this process has to do with workers. */
export interface WorkerParts {
	/** Which agents there are. */
	registry: AgentRegistry;
	/** What this process knows of the workers. */
	workers: OpenWorkerView;
	/** What people hold back. */
	pauses: Pauses;
}

/** The registry of worker agents as this process reaches it, its view of the workers, and what people hold back. */
export async function openRegistry(needed: Needed): Promise<WorkerParts> {
	const { config, redis, log, metrics, lifecycle } = needed;
	const { address, freshMs, lastKnownMs } = config.registry;
	const registry = await reachRegistry(needed, config.registry);
	const pauses = createPauses(redis);
	const workers = await lifecycle.start(
		"worker view",
		async () =>
			openWorkerView({
				registry,
				pauses,
				isWatched: address !== undefined,
				freshMs,
				lastKnownMs,
				metrics: createWorkerViewMetrics(metrics),
				log,
			}),
		async (it) => it.close(),
	);
	return { registry, workers, pauses };
}

/** Its state in Redis, or another process by address. */
async function reachRegistry(
	{ redis, log, lifecycle }: Needed,
	{ address, leaseMs, timeoutMs, tls, tokens }: Config["registry"],
): Promise<AgentRegistry> {
	if (address === undefined) return createRedisRegistry(redis, { leaseMs });
	return await lifecycle.start(
		"worker registry client",
		async () =>
			openGrpcRegistry({ address, token: tokens[0], tls, timeoutMs, log }),
		async (it) => it.close(),
	);
}
