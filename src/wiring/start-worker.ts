import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { FrameBuffer } from "../../activities/drain-telemetry.ts";
import { createActivities } from "../../activities/index.ts";
import type { PurgeDeps } from "../../activities/purge-records.ts";
import type { OrphanStore } from "../../activities/watch-orphans.ts";
import type { Config } from "../config.ts";
import { createLetterSender } from "../dead-letters/send.ts";
import { createDeadLetterSteps } from "../dead-letters/settle.ts";
import { createDeadLetterStore } from "../dead-letters/store.ts";
import { withBudget } from "../domain/plan-document.ts";
import { createPublishers } from "../messaging/publishers.ts";
import { createOffsetReader } from "../messaging/read-offset.ts";
import { deadLetterTopics } from "../messaging/topics.ts";
import { createAgentLeases } from "../registry/agent-leases.ts";
import {
	type AllocatorDeps,
	createAllocator,
} from "../scheduling/allocator.ts";
import { createCancelTask } from "../scheduling/cancel-task.ts";
import { createPreemption } from "../scheduling/preemption.ts";
import { tryCarryOut } from "../stops/carry-out.ts";
import { createStopStore } from "../stops/store.ts";
import { createLedger } from "../storage/ledger.ts";
import { createRetentionStore } from "../storage/retention-store.ts";
import { createTelemetryBuffer } from "../storage/telemetry-buffer.ts";
import { createPlanSinks } from "../telemetry/count-plans.ts";
import { createPublisherMetrics } from "../telemetry/publisher-metrics.ts";
import type { BuildVersion } from "../temporal/build-version.ts";
import { becomeFirstBuild } from "../temporal/first-build.ts";
import { createOrphanRuns } from "../temporal/orphan-runs.ts";
import {
	ensureOrphanSchedule,
	ensureRetentionSchedule,
	ensureTelemetrySchedule,
} from "../temporal/schedules.ts";
import { findMetricsAddress, readSdkMetrics } from "../temporal/sdk-metrics.ts";
import { createTemporalCalls } from "../temporal/temporal-calls.ts";
import { startPlanWorker } from "../temporal/worker.ts";
import { planIdOf } from "../temporal/workflow-ids.ts";
import { headSignatures, openDocuments } from "./open-documents.ts";
import { openPolicyGate } from "./open-policy.ts";
import { openRouting } from "./open-routing.ts";
import { type Parts, untilItWorks } from "./parts.ts";
import { repeatTurns } from "./repeat-turns.ts";
import { showState } from "./show-state.ts";
import { startDeliveries } from "./start-deliveries.ts";
import { startFeatureWatch } from "./start-feature-watch.ts";
import {
	openBudgetWatch,
	openWatchQueue,
	startSlaWatch,
} from "./start-sla-watch.ts";

/** Between two looks at what stops hold. */
const STOPS_PAUSE_MS = 10_000;

/**
 * Role `worker`: runs the workflows of plans, of dead letters that are sent back, of the purge and of the
 * orphan watch, with all their activities, and keeps the schedules of the last two and of buffered telemetry.
 */
export async function startWorker(parts: Parts): Promise<void> {
	const {
		config,
		log,
		metrics,
		mongo,
		producer,
		topics,
		codec,
		index,
		temporal,
		lifecycle,
	} = parts;
	const { namespace, taskQueue, maxCachedWorkflows, guardWorkflows } =
		config.temporal;
	const version = versionOf(config);
	const identity = `${config.service.name}@${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
	const routing = await openRouting(parts);
	const publishers = createPublishers({
		producer,
		topics,
		encodeTicket: codec.encodeTicket,
		encodeApprovalRequest: codec.encodeApprovalRequest,
		routeTicket: routing.routeTicket,
		redact: parts.redact,
		metrics: createPublisherMetrics(metrics),
	});
	const watchQueue = openWatchQueue(parts);
	const budgetWatch = openBudgetWatch(parts, publishers);
	const { criticalRatio } = config.sla.budgets;
	const { notify, healing } = await startDeliveries(
		parts,
		publishers.publishNotification,
	);
	const activities = createActivities({
		policy: await openPolicyGate(parts),
		allocator: createAllocator({
			directory: parts.workers,
			reservations: parts.reservations,
			explanations: parts.explanations,
			metrics,
			settings: config.scheduler,
			isBound: routing.isBound,
			predictor: parts.predictor,
			...preemptionOf(parts),
		}),
		leases: createAgentLeases(parts.registry),
		tickets: routing.observed(publishers),
		frames: {
			publishFrames: (frames, bounds) =>
				publishers.publishFrames(
					frames.map((one) =>
						withBudget(one, budgetWatch.worst(), criticalRatio),
					),
					bounds,
				),
		},
		incidents: publishers,
		...(healing && { healing }),
		approvals: publishers,
		index,
		tokens: parts.tokens,
		documents: await openDocuments(parts, watchQueue),
		ledger: createLedger(mongo),
		deadLetters: {
			...createDeadLetterStore(mongo),
			...createDeadLetterSteps(mongo),
		},
		letterSender: createLetterSender({
			producer,
			places: await lifecycle.start(
				"kafka reader",
				async () => createOffsetReader(parts.kafka),
				(it) => it.close(),
			),
			topics: deadLetterTopics(topics),
			onSent({ id, topic, redrive }, redrive_id) {
				metrics.deadLettersSettled.inc({ topic, action: "redriven" });
				const { actor, reason } = redrive ?? {};
				log.info({ id, redrive_id, actor, reason }, "dead letter re-driven");
			},
		}),
		buffer: countedBuffer(parts),
		runs: createOrphanRuns({ client: () => temporal, taskQueue }),
		retention: createRetentionStore(mongo, {
			planIdOf,
			signer: headSignatures(config),
		}),
		onPurged: tellOfPurges(parts),
		orphans: loggedOrphanStore(parts),
	});
	const sdk = config.metricsEnabled ? await showSdkMetrics(parts) : {};
	const start = () =>
		untilItWorks(parts, "temporal worker", () =>
			startPlanWorker({
				connection: config.temporal,
				namespace,
				taskQueue,
				identity,
				version,
				maxCachedWorkflows,
				guardWorkflows,
				shutdownGraceMs: config.shutdownGraceMs,
				retryWaits: config.temporal.retryWaits,
				activities,
				sinks: createPlanSinks(metrics, log, parts.tracing?.exportPlan),
				log,
				...sdk,
			}),
		);
	const worker = await lifecycle.start("temporal worker", start, (it) =>
		it.stop(),
	);
	worker.stopped.catch(parts.fail);
	if (version !== undefined) {
		const calls = createTemporalCalls({ client: () => temporal });
		const isFirst = await untilItWorks(parts, "first build", () =>
			becomeFirstBuild(calls, version, identity),
		);
		log.info({ ...version, isFirst }, "plans run on this build");
	}
	if (config.metricsEnabled) await showState(parts);
	await startFeatureWatch(parts);
	const stops = createStopStore(mongo);
	// Again and again, so that plans that come later are held as well.
	await repeatTurns(parts, {
		name: "stop keeper",
		turn: () => tryCarryOut({ store: stops, plans: parts.plans, log }),
		pauseMs: STOPS_PAUSE_MS,
	});
	if (watchQueue !== undefined)
		await startSlaWatch(parts, {
			queue: watchQueue,
			budgetWatch,
			publisher: publishers,
			notify,
			healing,
		});
	await untilItWorks(parts, "telemetry schedule", () =>
		ensureTelemetrySchedule(temporal, {
			taskQueue,
			intervalMs: config.telemetryDrainIntervalMs,
		}),
	);
	await untilItWorks(parts, "retention schedule", () =>
		ensureRetentionSchedule(temporal, {
			taskQueue,
			days: config.retentionDays,
		}),
	);
	await untilItWorks(parts, "orphan watch", () =>
		ensureOrphanSchedule(temporal, { taskQueue, ...config.orphanWatch }),
	);
}

/** The build whose plans this process runs; undefined: its plans belong to no build. */
function versionOf({ temporal }: Config): BuildVersion | undefined {
	const { deployment, build } = temporal;
	return deployment !== undefined && build !== undefined
		? { deployment, build }
		: undefined;
}

/** The SDK's metrics stand beside ours. */
async function showSdkMetrics({ metrics }: Parts) {
	const metricsAddress = await findMetricsAddress();
	metrics.alsoShow(() => readSdkMetrics(metricsAddress));
	return { metricsAddress };
}

/** Frames leave the buffer after they are published. */
function countedBuffer({
	mongo,
	metrics,
}: Pick<Parts, "mongo" | "metrics">): FrameBuffer {
	const buffer = createTelemetryBuffer(mongo);
	return {
		...buffer,
		async remove(frameIds) {
			await buffer.remove(frameIds);
			metrics.telemetryFrames.inc({ outcome: "drained" }, frameIds.length);
		},
	};
}

/** Deleted documents are counted and logged. */
export function tellOfPurges({
	metrics,
	log,
}: Pick<Parts, "metrics" | "log">): PurgeDeps["onPurged"] {
	return (purged, { name, beforeMs, actor, reason }) => {
		for (const [collection, count] of Object.entries(purged))
			metrics.documentsPurged.inc({ collection }, count);
		const before = new Date(beforeMs).toISOString();
		log.info({ name, before, actor, reason, purged }, "documents purged");
	};
}

/** The store of the orphan watch. The log names the faulty plans of each report; `/health` is public and only counts them. */
function loggedOrphanStore({ orphans, log }: Parts): OrphanStore {
	return {
		...orphans,
		async keepReport(report) {
			for (const plan of report.stuck)
				log.error(plan, "workflow task of a plan fails again and again");
			await orphans.keepReport(report);
		},
	};
}

/** How urgent tickets get places, if settings allow it. */
function preemptionOf({
	config,
	preemptions: store,
	registry,
	reservations,
	metrics,
	log,
}: Parts): Pick<AllocatorDeps, "preempt"> {
	const { preemption: settings } = config.scheduler;
	if (settings === undefined) return {};
	const preempt = createPreemption({
		...{ store, registry, reservations, settings, log },
		cancelTask: createCancelTask(),
		metrics,
	});
	return { preempt };
}
