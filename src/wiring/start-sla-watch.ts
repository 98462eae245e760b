import type { PlanNotification } from "../../schemas/plan-notification.ts";
import type { SlaPublisher } from "../plans/sla-ports.ts";
import { createAlertMemory } from "../sla/raised-alerts.ts";
import { openBudgets } from "../sla/sources.ts";
import { createSlaStore } from "../sla/store.ts";
import { createWatch, TURN_MS } from "../sla/watch.ts";
import { createBudgetWatch } from "../sla/watch-budgets.ts";
import { createWatchQueue, type WatchQueue } from "../sla/watch-queue.ts";
import { planWorkflowId } from "../temporal/workflow-ids.ts";
import type { Parts } from "./parts.ts";
import { repeatTurns } from "./repeat-turns.ts";

/** The queue of the next looks at plans; undefined when nobody watches deadlines. */
export function openWatchQueue({
	config,
	redis,
}: Pick<Parts, "config" | "redis">): WatchQueue | undefined {
	const { isWatching, scope } = config.sla;
	return isWatching ? createWatchQueue(redis, scope) : undefined;
}

/** Watches the deadlines of all plans, together with every other process of role `worker`. */
export async function startSlaWatch(
	parts: Parts,
	{
		queue,
		publisher,
		notify,
	}: {
		queue: WatchQueue;
		publisher: SlaPublisher;
		notify: ((some: PlanNotification[]) => Promise<void>) | undefined;
	},
): Promise<void> {
	const { config, mongo, redis, metrics, log } = parts;
	const { scope, rules, repeatAfterMs } = config.sla;
	const memory = createAlertMemory(redis, scope);
	const budgetWatch = createBudgetWatch({
		budgets: openBudgets(parts),
		serviceName: config.service.name,
		criticalRatio: config.sla.budgets.criticalRatio,
		...{ memory, publisher, redis, scope, repeatAfterMs, metrics },
	});
	const watch = createWatch({
		queue,
		store: createSlaStore(mongo, planWorkflowId),
		memory,
		publisher,
		serviceName: config.service.name,
		budgetRemaining: budgetWatch.remaining,
		...(notify && { notify }),
		...{ rules, repeatAfterMs, metrics, log },
	});
	await repeatTurns(parts, {
		name: "sla watch",
		async turn() {
			await watch.turn(Date.now());
			await budgetWatch.turn(Date.now());
		},
		pauseMs: Math.min(TURN_MS, rules.intervalMs),
	});
}
