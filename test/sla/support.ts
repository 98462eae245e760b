import { randomUUID } from "node:crypto";
import type { TestContext } from "node:test";
import type { OrchestrationIncident } from "../../schemas/orchestration-incident.ts";
import type { SlaAlert } from "../../schemas/sla-alert.ts";
import type { SlaViolation } from "../../schemas/sla-violation.ts";
import { createAlertMemory } from "../../src/sla/raised-alerts.ts";
import { createSlaStore, type WatchedTicket } from "../../src/sla/store.ts";
import { createWatch, type WatchDeps } from "../../src/sla/watch.ts";
import { createWatchQueue } from "../../src/sla/watch-queue.ts";
import { planWorkflowId } from "../../src/temporal/workflow-ids.ts";
import { START, sla } from "../support/plan-sla.ts";
import {
	openMongo,
	openMongoVia,
	openRedis,
	silentLog,
} from "../support/stores.ts";

const rules = { warningRatio: 0.8, intervalMs: 30_000 };

export const someTicket = (
	changes: Partial<WatchedTicket> = {},
): WatchedTicket => ({
	ticket_id: randomUUID(),
	task_id: "a",
	task_type: "BUILD",
	created_at: START,
	sla: { deadline: START + 50_000, timeout_ms: 10_000, max_retries: 1 },
	outcome: null,
	attempt: 1,
	published_at: START,
	started_at: START + 1_000,
	finished_at: null,
	actual_duration_ms: null,
	...changes,
});

/** The watch of one or several processes on a database and keys of its own; what it publishes is kept. */
export async function openSlaWorld(
	t: TestContext,
	{ redisNode, mongoUri }: { redisNode?: string; mongoUri?: string } = {},
) {
	const { mongo, metrics } =
		mongoUri === undefined ? await openMongo(t) : openMongoVia(t, mongoUri);
	await mongo.indexed;
	const { redis } = openRedis(
		t,
		redisNode === undefined ? {} : { node: redisNode },
	);
	const scope = randomUUID();
	const alerts: SlaAlert[] = [];
	const violations: SlaViolation[] = [];
	const incidents: { incident: OrchestrationIncident; worst: SlaViolation }[] =
		[];
	const queue = createWatchQueue(redis, scope);
	const store = createSlaStore(mongo, planWorkflowId);
	const open = (
		more: Partial<Pick<WatchDeps, "notify" | "raiseIncident">> = {},
	) =>
		createWatch({
			queue: createWatchQueue(redis, scope),
			store,
			memory: createAlertMemory(redis, scope),
			publisher: {
				publishAlerts: async (some) => void alerts.push(...some),
				publishViolations: async (some) => void violations.push(...some),
			},
			raiseIncident: async (incident, worst) =>
				void incidents.push({ incident, worst }),
			rules,
			serviceName: "orchestrator-dynamic",
			repeatAfterMs: 300_000,
			worstBudget: () => undefined,
			metrics,
			log: silentLog,
			...more,
		});
	const set = async (collection: string, _id: string, fields: object) =>
		void (await mongo.run({ collection, name: "set" }, (target) =>
			target.updateOne({ _id }, { $set: fields }, { upsert: true }),
		));
	return {
		...{ mongo, redis, metrics, alerts, violations, queue, store, open, scope },
		incidents,
		/** Stores the plan's document and schedules a look. */
		async plan(plan_id: string, fields: object, atMs?: number) {
			const workflow_id = planWorkflowId(plan_id);
			await set("workflows", workflow_id, {
				...{ kind: "plan", plan_id, workflow_id, run_id: "r-1" },
				...{ status: "RUNNING", risk_band: "high", finished_at: null },
				...{ error_message: null },
				sla: sla({ first_ticket_deadline: START + 200_000 }),
				...fields,
			});
			if (atMs !== undefined) await queue.schedule([{ planId: plan_id, atMs }]);
		},
		async ticket(plan_id: string, ticket: WatchedTicket) {
			const fields = { plan_id, compensates: null, ...ticket };
			await set("execution_tickets", ticket.ticket_id, fields);
		},
	};
}
