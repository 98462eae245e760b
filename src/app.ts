import type { Connection } from "@temporalio/client";
import type { Logger } from "pino";
import type { Config } from "./config.ts";
import { Lifecycle } from "./lifecycle.ts";
import { ensureTopics } from "./messaging/ensure-topics.ts";
import {
	type AcceptDecision,
	createAcceptDecision,
} from "./plans/accept-decision.ts";
import { MODEL_PAUSE_MS } from "./prediction/model-view.ts";
import { inForce, ROUTING_PAUSE_MS } from "./rollout/routing-view.ts";
import { createDecisionArchive } from "./storage/decision-archive.ts";
import { createDecisionCache } from "./storage/decision-cache.ts";
import { ensureSearchAttributes } from "./temporal/ensure-search-attributes.ts";
import { planWorkflowId } from "./temporal/workflow-ids.ts";
import { openParts, type Parts, untilItWorks } from "./wiring/parts.ts";
import { isRegistryAlone } from "./wiring/registry-alone.ts";
import { repeatTurns } from "./wiring/repeat-turns.ts";
import { startHttp } from "./wiring/start-http.ts";
import { startIntake } from "./wiring/start-intake.ts";
import { startLearner } from "./wiring/start-learner.ts";
import { startRegistry } from "./wiring/start-registry.ts";
import { startRollout } from "./wiring/start-rollout.ts";
import { startWorker } from "./wiring/start-worker.ts";

export interface App {
	/** The address of the HTTP server: `http://127.0.0.1:8080`. */
	address: string;
	log: Logger;
	/** Settles when a part that should run for ever has ended; then the process must stop. */
	failed: Promise<never>;
	/** Finishes work under way and stops all parts, in reverse order. */
	stop(): Promise<void>;
}

/**
 * Starts the roles of the configuration. HTTP answers at once; the other roles begin when their servers
 * answer, however long that takes, and `/ready` shows it. Rejects on a bug of this service, and with
 * SETTINGS_INVALID when the file of tokens cannot be read; all open parts are closed then.
 */
export async function startApp(config: Config): Promise<App> {
	const lifecycle = new Lifecycle();
	try {
		return await startParts(config, lifecycle);
	} catch (error) {
		// An error during the stop would hide the first one.
		await lifecycle.stop().catch(() => undefined);
		throw error;
	}
}

async function startParts(config: Config, lifecycle: Lifecycle): Promise<App> {
	const stopping = new AbortController();
	const failure = Promise.withResolvers<never>();
	failure.promise.catch(() => undefined);
	const parts = await openParts(config, {
		lifecycle,
		stopping: stopping.signal,
		fail: failure.reject,
	});
	const accept = createAcceptDecision({
		plans: parts.plans,
		archive: createDecisionArchive(parts.mongo, planWorkflowId),
		cache: createDecisionCache(
			parts.redis,
			`${config.temporal.namespace}/${config.mongodb.database}`,
		),
		settings: config.plan,
		versions: config.versions,
		predictor: parts.predictor,
		stops: parts.stops,
		routing: async () => inForce(await parts.routing.current(), planWorkflowId),
		beginTrace: parts.tracing?.beginTrace,
		metrics: parts.intakeMetrics,
	});
	if (!isRegistryAlone(config))
		await repeatTurns(parts, {
			name: "routing",
			turn: () => parts.routing.refresh(),
			pauseMs: ROUTING_PAUSE_MS,
		});
	const { view } = parts.models;
	if (parts.predictor !== undefined)
		await repeatTurns(parts, {
			name: "models",
			turn: () => view.refresh(),
			pauseMs: MODEL_PAUSE_MS,
		});
	let isWorking = false;
	const address = await startHttp(parts, accept, () => isWorking);
	const roles = startRoles(parts, accept).then(
		() => {
			isWorking = true;
		},
		(error: unknown) => {
			if (!stopping.signal.aborted) failure.reject(error);
		},
	);
	for (const warning of config.warnings) parts.log.warn({}, warning);
	parts.log.info({ address, roles: config.roles }, "service started");
	return {
		address,
		log: parts.log,
		failed: failure.promise,
		async stop() {
			stopping.abort();
			await roles;
			await lifecycle.stop();
			parts.log.info({}, "service stopped");
		},
	};
}

async function startRoles(parts: Parts, accept: AcceptDecision): Promise<void> {
	const { config, kafka, topics, temporal, log } = parts;
	const { roles } = config;
	if (roles.includes("registry")) await startRegistry(parts);
	if (roles.includes("rollout")) await startRollout(parts);
	if (roles.includes("trainer")) await startLearner(parts);
	if (!roles.includes("intake") && !roles.includes("worker")) return;
	await untilItWorks(parts, "temporal", () =>
		ensureSearchAttributes(
			temporal.connection as Connection,
			config.temporal.namespace,
		),
	);
	if (roles.includes("worker")) await startWorker(parts);
	if (config.kafka.createTopics) {
		await untilItWorks(parts, "kafka topics", async () => {
			const { created } = await ensureTopics(kafka, topics, {
				replicationFactor: config.kafka.topicReplicationFactor,
			});
			if (created.length > 0) log.info({ created }, "topics created");
		});
	}
	if (roles.includes("intake")) await startIntake(parts, accept);
	if (roles.includes("worker") && !roles.includes("trainer"))
		await startLearner(parts);
}
