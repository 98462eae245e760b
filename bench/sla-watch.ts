/**
 * The steady cost of watching open plans: `npm run stack` in one terminal, in another
 * `eval "$(npm run --silent stack -- env)"; node bench/sla-watch.ts [plans] [late]`; `late`: every
 * deadline is at risk. Ten minutes are played in turns of ten
 * seconds, on the real Redis and MongoDB; nobody makes progress.
 */
import { randomUUID } from "node:crypto";
import { createAlertMemory } from "../src/sla/raised-alerts.ts";
import { createSlaStore } from "../src/sla/store.ts";
import { createWatch } from "../src/sla/watch.ts";
import { createWatchQueue } from "../src/sla/watch-queue.ts";
import { createMongo } from "../src/storage/mongo.ts";
import { createRedis } from "../src/storage/redis.ts";
import type { Mongo } from "../src/storage/storage-context.ts";
import { createMetrics } from "../src/telemetry/metrics.ts";
import { planWorkflowId } from "../src/temporal/workflow-ids.ts";
import { quietLog } from "./quiet-log.ts";

const TURN_MS = 10_000;
const TURNS = 60;
const PLAN_MS = 3_600_000;

const count = Number(process.argv[2] ?? 1_000);
const isLate = process.argv[3] === "late";
const metrics = createMetrics();
const context = { log: quietLog, metrics };
const database = `bench-${randomUUID()}`;
const mongo = createMongo(
	{ uri: process.env.MONGODB_URI ?? "", database, maxPoolSize: 5 },
	context,
);
const nodes = (process.env.REDIS_CLUSTER_NODES ?? "").split(",");
const redis = createRedis({ nodes }, context);
await mongo.indexed;

const calls = { mongodb: 0, redis: 0, plans: 0 };
const counted: Mongo = {
	...mongo,
	run: (operation, work) => {
		calls.mongodb += 1;
		return mongo.run(operation, work);
	},
};
const store = createSlaStore(counted, planWorkflowId);
const countedRedis: typeof redis = {
	...redis,
	run: (name, work) => {
		calls.redis += 1;
		return redis.run(name, work);
	},
	getMany: (keys) => {
		calls.redis += 1;
		return redis.getMany(keys);
	},
};
const scope = randomUUID();
const queue = createWatchQueue(countedRedis, scope);
const watch = createWatch({
	...{ queue, metrics, log: quietLog },
	store: {
		...store,
		readPlans: (planIds) => {
			calls.plans += planIds.length;
			return store.readPlans(planIds);
		},
	},
	memory: createAlertMemory(countedRedis, scope),
	publisher: {
		publishAlerts: async () => undefined,
		publishViolations: async () => undefined,
	},
	raiseIncident: async () => undefined,
	rules: { warningRatio: 0.8, intervalMs: 30_000 },
	...{ serviceName: "bench", repeatAfterMs: 300_000 },
	worstBudget: () => undefined,
});

const start = Date.now();
await mongo.run(
	{ collection: "workflows", name: "bench", timeoutMs: 60_000 },
	(target) =>
		target.insertMany(Array.from({ length: count }, (_, at) => planAt(at))),
);
// Plans come one after the other, as they do; the first turn fills the queue.
await watch.turn(start);
for (let warm = 1; warm <= 6; warm += 1)
	await watch.turn(start + warm * TURN_MS);
Object.assign(calls, { mongodb: 0, redis: 0, plans: 0 });
const before = process.cpuUsage();
const startedAt = performance.now();
for (let turn = 0; turn < TURNS; turn += 1)
	await watch.turn(start + (7 + turn) * TURN_MS);
const { user, system } = process.cpuUsage(before);
const each = (total: number) => Math.round((total / TURNS) * 10) / 10;
console.log(
	`${count} open plans${isLate ? ", all at risk" : ""}, ${TURNS} turns of ${TURN_MS / 1000} s`,
);
console.log(`plans looked at a turn      ${each(calls.plans)}`);
console.log(`MongoDB commands a turn     ${each(calls.mongodb)}`);
console.log(`Redis round trips a turn    ${each(calls.redis)}`);
const cpuMs = (user + system) / 1000;
console.log(
	`CPU a turn                  ${each(cpuMs)} ms (${((cpuMs / TURNS / TURN_MS) * 100).toFixed(3)} % of a core)`,
);
console.log(
	`time a turn                 ${each(performance.now() - startedAt)} ms`,
);
await mongo.run(
	{ collection: "workflows", name: "bench", timeoutMs: 60_000 },
	(target) => target.drop(),
);
await mongo.close();
await redis.close();

function planAt(at: number) {
	const plan_id = `p-${at}`;
	const workflow_id = planWorkflowId(plan_id);
	// Their first tickets come near their deadlines at different times.
	const started_at = start - (at % 600) * 1_000;
	return {
		_id: workflow_id,
		...{ kind: "plan", plan_id, workflow_id, run_id: "r", status: "RUNNING" },
		...{ risk_band: "low", finished_at: null, error_message: null },
		sla: {
			...{ deadline: started_at + PLAN_MS, source: "longest-path", started_at },
			forecast: {
				...{ at: start, predicted_end: start + PLAN_MS / 2 },
				...{
					remaining_ms: PLAN_MS / 2,
					late_from: isLate ? start : started_at + PLAN_MS / 2,
				},
				path: Array.from({ length: 10 }, (_, task) => `task-${task}`),
				path_length: 10,
			},
			checkpoints: [],
			first_ticket_deadline: started_at + PLAN_MS,
			tickets_late: 0,
		},
	};
}
