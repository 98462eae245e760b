import type {
	IncidentPublisher,
	SelfHealing,
} from "../../activities/publish-incident.ts";
import type { PlanNotification } from "../../schemas/plan-notification.ts";
import { remediationOf } from "../domain/remediation.ts";
import type { SlaPublisher } from "../plans/sla-ports.ts";
import { createAlertMemory } from "../sla/raised-alerts.ts";
import { openBudgets } from "../sla/sources.ts";
import { createSlaStore } from "../sla/store.ts";
import type { TellDeps } from "../sla/tell-violations.ts";
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

/** The watch of error budgets, which takes its turns with that of deadlines. */
export function openBudgetWatch(parts: Parts, publisher: SlaPublisher) {
	const { config, redis, metrics } = parts;
	const { scope, repeatAfterMs, budgets } = config.sla;
	return createBudgetWatch({
		budgets: openBudgets(parts),
		memory: createAlertMemory(redis, scope),
		serviceName: config.service.name,
		criticalRatio: budgets.criticalRatio,
		...{ publisher, redis, scope, repeatAfterMs, metrics },
	});
}

/** Watches the deadlines of all plans, together with every other process of role `worker`. */
export async function startSlaWatch(
	parts: Parts,
	{
		queue,
		publisher,
		budgetWatch,
		notify,
		healing,
	}: {
		queue: WatchQueue;
		budgetWatch: ReturnType<typeof openBudgetWatch>;
		publisher: SlaPublisher & IncidentPublisher;
		notify: ((some: PlanNotification[]) => Promise<void>) | undefined;
		healing: SelfHealing | undefined;
	},
): Promise<void> {
	const { config, mongo, redis, metrics, log } = parts;
	const { scope, rules, repeatAfterMs } = config.sla;
	const watch = createWatch({
		queue,
		store: createSlaStore(mongo, planWorkflowId),
		memory: createAlertMemory(redis, scope),
		publisher,
		raiseIncident: raiseBy(publisher, healing),
		serviceName: config.service.name,
		worstBudget: budgetWatch.worst,
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

/** As long as a turn waits for Kafka to take one incident. */
const INCIDENT_MS = 15_000;

/** As activity `publishIncident` does, for what no plan waits for. */
function raiseBy(
	incidents: IncidentPublisher,
	healing: SelfHealing | undefined,
): TellDeps["raiseIncident"] {
	return async (incident, worst) => {
		await incidents.publishIncident(incident, {
			timeoutMs: INCIDENT_MS,
			signal: AbortSignal.timeout(INCIDENT_MS),
		});
		const remedy = remediationOf(incident, { worst });
		if (remedy !== undefined) await healing?.request(remedy);
	};
}
