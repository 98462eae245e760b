import { createRedisRegistry } from "../src/registry/redis-registry.ts";
import { createRedis } from "../src/storage/redis.ts";
import { createMetrics } from "../src/telemetry/metrics.ts";
import { agentCapabilities } from "../stack/agents/keep-registered.ts";
import { makeHistory } from "../test/support/ticket-history.ts";
import type { BenchWorld } from "./bench-world.ts";
import { makeChampion } from "./make-champion.ts";
import { quietLog } from "./quiet-log.ts";

const HISTORY_TICKETS = 5_000;
const WORKERS = 8;
const LEASE_MS = 3_600_000;

/** Workers to choose from and a model that predicts; worker and intake have read it when this ends. */
export async function turnEverythingOn(world: BenchWorld): Promise<void> {
	await registerWorkers(world);
	await makeChampion(world, makeHistory({ tickets: HISTORY_TICKETS }));
	for (const role of ["worker", "intake"] as const)
		await world.service.restart(role);
}

/** Workers to choose from: the load answers tickets itself, and registers nobody. */
async function registerWorkers({ stack }: BenchWorld): Promise<void> {
	const nodes = [stack.env.REDIS_CLUSTER_NODES as string];
	const redis = createRedis(
		{ nodes },
		{ log: quietLog, metrics: createMetrics() },
	);
	const registry = createRedisRegistry(redis, { leaseMs: LEASE_MS });
	for (let worker = 1; worker <= WORKERS; worker += 1)
		await registry.register({
			agent_id: `bench-agent-${worker}`,
			agent_type: "WORKER",
			capabilities: agentCapabilities,
			metadata: {},
			telemetry: {
				success_rate: 1,
				avg_duration_ms: 500,
				total_executions: 100,
				failed_executions: 0,
				last_execution_at: Date.now(),
				active_tasks: 0,
				max_concurrent_tasks: 100,
			},
			namespace: "default",
			cluster: "bench",
			version: "1",
		});
	await redis.close();
}
