import type { Config } from "../config.ts";
import type { Lifecycle } from "../lifecycle.ts";
import type { Log } from "../log.ts";
import { openGrpcRegistry } from "../registry/grpc-registry.ts";
import type { AgentRegistry } from "../registry/ports.ts";
import { createRedisRegistry } from "../registry/redis-registry.ts";
import type { Redis } from "../storage/redis.ts";

/** The registry of worker agents as this process reaches it: its state in Redis, or another process by address. */
export async function openRegistry({
	config: { registry },
	redis,
	log,
	lifecycle,
}: {
	config: Config;
	redis: Redis;
	log: Log;
	lifecycle: Lifecycle;
}): Promise<AgentRegistry> {
	const { address, leaseMs, timeoutMs, tls } = registry;
	if (address === undefined) return createRedisRegistry(redis, { leaseMs });
	return await lifecycle.start(
		"worker registry client",
		async () =>
			openGrpcRegistry({
				address,
				token: registry.tokens[0],
				tls,
				timeoutMs,
				log,
			}),
		async (it) => it.close(),
	);
}
