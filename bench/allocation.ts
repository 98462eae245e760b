import type { AllocationMetadata } from "../src/domain/documents.ts";
import { isAllocated } from "../src/domain/scheduling/allocation.ts";
import { createRandom } from "../src/domain/seeded-random.ts";
import { createPauses } from "../src/registry/pauses.ts";
import { createRedisRegistry } from "../src/registry/redis-registry.ts";
import { openWorkerView } from "../src/registry/worker-view.ts";
import { createAllocator } from "../src/scheduling/allocator.ts";
import { createLocalPlaces } from "../src/scheduling/local-places.ts";
import { createRedisPlaces } from "../src/scheduling/redis-places.ts";
import { createReservations } from "../src/scheduling/reservations.ts";
import { createRedis } from "../src/storage/redis.ts";
import { createWorkerViewMetrics } from "../src/telemetry/count-workers.ts";
import { createMetrics } from "../src/telemetry/metrics.ts";
import { wireTicketOf } from "../test/support/allocations.ts";
import { configured } from "../test/support/configured.ts";
import type { BenchWorld } from "./bench-world.ts";
import { quietLog } from "./quiet-log.ts";
import { quantiles } from "./statistics.ts";

const WORKERS = 1_000;
const CAPABILITIES = 40;
const PLANS = 50;
const TICKETS_OF_PLAN = 100;
/** Tickets that become ready together, as in a plan under way. */
const CHUNK = 20;
const ROUNDS = 20;
/** All tickets fit into the queues, so that what is measured is choosing and not overflowing. */
const SLOTS = 4;

/**
 * 50 plans of 100 tickets at once, by the service's own allocator, over 1,000 workers in the registry and
 * places in Redis. Each ticket needs one or two of 40 capabilities; each worker has about half of them.
 */
export async function measureAllocation({ stack }: BenchWorld) {
	const metrics = createMetrics();
	const nodes = [stack.env.REDIS_CLUSTER_NODES as string];
	const redis = createRedis({ nodes }, { log: quietLog, metrics });
	const registry = createRedisRegistry(redis, {
		leaseMs: 600_000,
		space: "bench-registry",
	});
	await registerWorkers(registry);
	const view = openWorkerView({
		registry,
		pauses: createPauses(redis),
		isWatched: false,
		freshMs: 10_000,
		lastKnownMs: 60_000,
		metrics: createWorkerViewMetrics(metrics),
		log: quietLog,
	});
	const shared = createRedisPlaces(redis, { keyPrefix: "{bench-scheduler}" });
	const allocator = createAllocator({
		directory: view,
		reservations: createReservations({
			shared,
			local: createLocalPlaces(),
			metrics,
			log: quietLog,
		}),
		explanations: { keep: () => {} },
		metrics,
		settings: configured({}).scheduler,
	});
	// The first of all compile and connect.
	await freeAll(shared, await playRound(allocator, "warm-up"));
	const rounds: Awaited<ReturnType<typeof playRound>>[] = [];
	let mostPlacesTaken = 0;
	for (let round = 0; round < ROUNDS; round += 1) {
		const played = await playRound(allocator, `round-${round}`);
		rounds.push(played);
		await shared.refresh();
		for (const count of shared.holdings("", "").held.values())
			mostPlacesTaken = Math.max(mostPlacesTaken, count);
		await freeAll(shared, played);
	}
	const { age_ms } = view.peek();
	view.close();
	const hits = await metrics.schedulerCacheHits.get();
	await redis.close();
	const allocations = rounds.flatMap((round) => round.allocations);
	const shareOf = (wanted: (one: AllocationMetadata) => boolean) =>
		allocations.filter(wanted).length / allocations.length;
	return {
		ticketsOfARound: allocations.length / ROUNDS,
		// All plans of a round together: its time is divided among its tickets.
		msPerTicket: quantiles(rounds.map(({ msPerTicket }) => msPerTicket)),
		cpuMsPerTicket: quantiles(rounds.map((one) => one.cpuMsPerTicket)),
		viewAgeMs: age_ms,
		cacheHitRatio:
			(hits.values[0]?.value ?? 0) /
			(allocations.length + PLANS * TICKETS_OF_PLAN),
		fallbackRatio: shareOf(
			({ allocation_method }) => allocation_method !== "intelligent_scheduler",
		),
		overflowRatio: shareOf(({ overflow }) => overflow === true),
		mostPlacesTaken,
		placesOfAWorker: SLOTS * configured({}).scheduler.queueFactor,
	};
}

async function freeAll(
	shared: ReturnType<typeof createRedisPlaces>,
	{ ticketIds }: { ticketIds: string[] },
): Promise<void> {
	for (let from = 0; from < ticketIds.length; from += 500)
		await shared.free(
			ticketIds.slice(from, from + 500).map((ticket_id) => ({ ticket_id })),
		);
}

type Allocator = ReturnType<typeof createAllocator>;

/** All plans at once; each sends its chunks one after the other. */
async function playRound(allocator: Allocator, name: string) {
	const cpu = process.cpuUsage();
	const startedMs = performance.now();
	const plans = await Promise.all(
		Array.from({ length: PLANS }, (_, plan) =>
			playPlan(allocator, `${name}-${plan}`, plan),
		),
	);
	const ms = performance.now() - startedMs;
	const { user, system } = process.cpuUsage(cpu);
	const count = PLANS * TICKETS_OF_PLAN;
	return {
		msPerTicket: ms / count,
		cpuMsPerTicket: (user + system) / 1_000 / count,
		allocations: plans.flatMap((plan) => plan.allocations),
		ticketIds: plans.flatMap((plan) => plan.ticketIds),
	};
}

async function playPlan(allocator: Allocator, plan_id: string, seed: number) {
	const random = createRandom(seed);
	const allocations: AllocationMetadata[] = [];
	const ticketIds: string[] = [];
	for (let from = 0; from < TICKETS_OF_PLAN; from += CHUNK) {
		const tickets = Array.from({ length: CHUNK }, (_, at) =>
			wireTicketOf({
				ticket_id: `${plan_id}/${from + at}`,
				plan_id,
				intent_id: `intent-${plan_id}`,
				risk_band: "medium",
				required_capabilities: needsFrom(random),
			}),
		);
		const answers = await allocator.allocate({ plan_id, tickets });
		allocations.push(...answers.filter(isAllocated));
		ticketIds.push(...tickets.map(({ ticket_id }) => ticket_id));
	}
	return { allocations, ticketIds };
}

function needsFrom(random: () => number): string[] {
	const pick = () => `cap-${Math.floor(random() * CAPABILITIES)}`;
	return random() < 0.9 ? [pick()] : [...new Set([pick(), pick()])];
}

async function registerWorkers(
	registry: ReturnType<typeof createRedisRegistry>,
): Promise<void> {
	const random = createRandom(7);
	for (let worker = 0; worker < WORKERS; worker += 1)
		await registry.register({
			agent_id: `bench-${String(worker).padStart(4, "0")}`,
			agent_type: "WORKER",
			capabilities: Array.from(
				{ length: CAPABILITIES },
				(_, at) => `cap-${at}`,
			).filter(() => random() < 0.5),
			metadata: {},
			telemetry: {
				success_rate: 0.9 + random() / 10,
				avg_duration_ms: Math.round(200 + random() * 800),
				total_executions: Math.round(random() * 2_000),
				failed_executions: 0,
				last_execution_at: Date.now(),
				active_tasks: 0,
				max_concurrent_tasks: SLOTS,
			},
			namespace: "default",
			cluster: "bench",
			version: "1",
		});
}
