import { planWorkflowId } from "../temporal/workflow-ids.ts";
import type { Parts } from "../wiring/parts.ts";
import { type BudgetSource, type Budgets, createBudgets } from "./budgets.ts";
import { createManagementApi } from "./management-api.ts";
import { createOwnBudgets } from "./own-budgets.ts";
import type { SlaSources } from "./ports.ts";
import { createAlertMemory } from "./raised-alerts.ts";
import { createSlaStore } from "./store.ts";

type SlaParts = Pick<Parts, "config" | "mongo" | "redis" | "metrics" | "log">;

/** The error budgets: of the SLA management system if one is configured, else of our own results. */
export function openBudgets({
	config,
	mongo,
	redis,
	metrics,
	log,
}: SlaParts): Budgets {
	const serviceName = config.service.name;
	const { url, timeoutMs, cacheMs, sloTarget } = config.sla.budgets;
	const store = createSlaStore(mongo, planWorkflowId);
	const source: BudgetSource =
		url === undefined
			? createOwnBudgets({ store, serviceName, sloTarget })
			: createManagementApi({ url, serviceName, timeoutMs });
	const { scope } = config.sla;
	return createBudgets({
		...{ source, redis, scope, serviceName, cacheMs, metrics, log },
	});
}

/** Implements the ports of the routes. */
export function slaSources(parts: SlaParts): SlaSources {
	const { config, mongo, redis } = parts;
	const store = createSlaStore(mongo, planWorkflowId);
	const memory = createAlertMemory(redis, config.sla.scope);
	return {
		budgets: openBudgets(parts),
		rules: config.sla.rules,
		readPlan: async (planId) => (await store.readPlans([planId]))[0],
		listViolations: store.listViolations,
		raisedAlerts: async (planId) =>
			(await memory.read([planId])).get(planId) ?? {},
	};
}
