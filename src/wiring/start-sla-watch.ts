import type { PlanNotification } from "../../schemas/plan-notification.ts";
import { hasCode } from "../errors.ts";
import { deliverNotifications } from "../notifications/deliver.ts";
import { createNotificationOutbox } from "../notifications/outbox.ts";
import {
	createWebhook,
	type DeliverNotification,
} from "../notifications/webhook.ts";
import type { SlaPublisher } from "../plans/sla-ports.ts";
import { createAlertMemory } from "../sla/raised-alerts.ts";
import { openBudgets } from "../sla/sources.ts";
import { createSlaStore } from "../sla/store.ts";
import { createBudgetWatch } from "../sla/watch-budgets.ts";
import { startWatchLoop } from "../sla/watch-loop.ts";
import { createWatchQueue, type WatchQueue } from "../sla/watch-queue.ts";
import { planWorkflowId } from "../temporal/workflow-ids.ts";
import type { Parts } from "./parts.ts";

type Publisher = SlaPublisher & {
	publishNotification: DeliverNotification;
};

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
	{ queue, publisher }: { queue: WatchQueue; publisher: Publisher },
): Promise<void> {
	const { config, mongo, redis, metrics, log, lifecycle, fail } = parts;
	const { scope, rules, repeatAfterMs } = config.sla;
	const memory = createAlertMemory(redis, scope);
	const budgetWatch = createBudgetWatch({
		budgets: openBudgets(parts),
		serviceName: config.service.name,
		criticalRatio: config.sla.budgets.criticalRatio,
		...{ memory, publisher, redis, scope, repeatAfterMs, metrics },
	});
	const notifier = openNotifier(parts, publisher);
	const watch = await lifecycle.start(
		"sla watch",
		() =>
			startWatchLoop({
				queue,
				store: createSlaStore(mongo, planWorkflowId),
				memory,
				publisher,
				serviceName: config.service.name,
				budgetRemaining: budgetWatch.remaining,
				...(notifier && { notify: notifier.notify }),
				async alsoEachTurn() {
					await budgetWatch.turn(Date.now());
					await notifier?.deliver();
				},
				...{ rules, repeatAfterMs, metrics, log },
			}),
		(it) => it.stop(),
	);
	watch.ended.catch(fail);
}

/** Tells persons; undefined: nobody wants to be told. */
function openNotifier(
	{ config, mongo, metrics, log }: Parts,
	{ publishNotification }: Publisher,
) {
	const { webhook, toTopic } = config.notifications;
	const channels: DeliverNotification[] = [
		...(webhook === undefined ? [] : [createWebhook(webhook)]),
		...(toTopic ? [publishNotification] : []),
	];
	if (channels.length === 0) return undefined;
	const outbox = createNotificationOutbox(mongo);
	const deps = { outbox, channels, metrics, log };
	return {
		notify: (some: PlanNotification[]) => outbox.put(some, Date.now()),
		deliver: () =>
			deliverNotifications(deps, Date.now()).catch((error: unknown) => {
				// The watch counts an outage of MongoDB itself.
				if (!hasCode(error, "STORE_UNAVAILABLE")) throw error;
			}),
	};
}
