// Long because all that the roles share is opened in one place.
import { setTimeout as sleep } from "node:timers/promises";
import { Client, Connection } from "@temporalio/client";
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { explainFault } from "../doctor/explain-fault.ts";
import { createRedact, type Redact } from "../domain/redact.ts";
import type { Lifecycle } from "../lifecycle.ts";
import { type Codec, createCodec } from "../messaging/codec.ts";
import type { KafkaSettings } from "../messaging/kafka-client.ts";
import { createKafkaPing, type KafkaPing } from "../messaging/kafka-ping.ts";
import { createProducer, type Producer } from "../messaging/producer.ts";
import type { TopicTable } from "../messaging/topics.ts";
import type { IntakeMetrics } from "../plans/intake-metrics.ts";
import type { TicketIndex } from "../plans/ticket-index.ts";
import type { OpenedEngine } from "../policy/open-engine.ts";
import {
	type AllocationReader,
	createExplanations,
	type Explanations,
} from "../scheduling/explanations.ts";
import { createLocalPlaces } from "../scheduling/local-places.ts";
import type { PreemptionStore } from "../scheduling/preemption.ts";
import {
	createRedisPlaces,
	type TraceReader,
} from "../scheduling/redis-places.ts";
import {
	createReservations,
	type Reservations,
} from "../scheduling/reservations.ts";
import {
	type CurrentStops,
	createCurrentStops,
} from "../stops/current-stops.ts";
import { createStopStore } from "../stops/store.ts";
import { createMongo } from "../storage/mongo.ts";
import {
	createOrphanPlans,
	type OrphanPlans,
} from "../storage/orphan-plans.ts";
import { createRedis, type Redis } from "../storage/redis.ts";
import type { Mongo } from "../storage/storage-context.ts";
import { createTicketIndex } from "../storage/ticket-index.ts";
import { createIntakeMetrics } from "../telemetry/count-intake.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import { createLog } from "../telemetry/pino-log.ts";
import { openTracing, type Tracing } from "../telemetry/tracing.ts";
import {
	connectionOptions,
	retryInterceptors,
} from "../temporal/connection-options.ts";
import { dataConverter } from "../temporal/payload-codec.ts";
import { createPlanClient, type PlanClient } from "../temporal/plan-client.ts";
import { orphanWatchId, planWorkflowId } from "../temporal/workflow-ids.ts";
import { activeTraceIds } from "../trace-span.ts";
import { explainOutage } from "./explain-outage.ts";
import { kafkaOf, topicsOf } from "./kafka-of.ts";
import { type FeatureParts, openRoutingAndFeatures } from "./open-features.ts";
import { openPolicyEngine } from "./open-policy.ts";
import { openPrediction, type PredictionParts } from "./open-prediction.ts";
import { openRegistry, type WorkerParts } from "./open-registry.ts";
import { openTicketTokens, type TokenParts } from "./open-ticket-tokens.ts";
import { isRegistryAlone } from "./registry-alone.ts";
import { serverNames } from "./server-names.ts";

/** The parts that all roles share. */
export interface Parts
	extends WorkerParts,
		FeatureParts,
		TokenParts,
		PredictionParts {
	config: Config;
	log: Logger;
	/** Hides what is sensitive where it leaves the service. */
	redact: Redact;
	metrics: Metrics;
	intakeMetrics: IntakeMetrics;
	kafka: KafkaSettings;
	topics: TopicTable;
	codec: Codec;
	producer: Producer;
	kafkaPing: KafkaPing;
	mongo: Mongo;
	redis: Redis;
	index: TicketIndex;
	/** Places in the workers' queues. */
	reservations: Reservations;
	preemptions: PreemptionStore;
	/** What outcomes left on the workers. */
	traces: TraceReader;
	/** Why tickets went to their workers. */
	explanations: Explanations & AllocationReader;
	orphans: OrphanPlans;
	/** What persons have stopped. */
	stops: CurrentStops;
	/** Undefined when nothing is traced. */
	tracing: Tracing | undefined;
	/** Undefined when policies are off. */
	policyEngine: OpenedEngine | undefined;
	temporal: Client;
	plans: PlanClient;
	lifecycle: Lifecycle;
	/** Aborted when the service stops. */
	stopping: AbortSignal;
	fail(error: unknown): void;
}

/** Opens the shared parts; nothing here waits for a server. */
export async function openParts(
	config: Config,
	running: Pick<Parts, "lifecycle" | "stopping" | "fail">,
): Promise<Parts> {
	const { lifecycle } = running;
	const { name, version, environment, variant } = config.service;
	const redact = createRedact(config.sensitiveParameters);
	const metrics = createMetrics({ counts: config.metricsEnabled });
	const log = createLog({
		level: config.logLevel,
		format: config.logFormat,
		sensitive: config.sensitiveParameters,
		traceIds: activeTraceIds,
		onDropped: (level) => metrics.logLinesDropped.inc({ level }),
		service: name,
		version,
		environment,
		variant,
		roles: config.roles,
	});
	metrics.buildInfo.set(
		{
			version,
			node_version: process.version,
			deployment_variant: variant,
		},
		1,
	);
	const context = { log, metrics };
	const tracing = await startTracing(config, context, lifecycle);
	const names = serverNames(config);
	const kafka = kafkaOf(config, log);
	const topics = topicsOf(config);
	const { schemaRegistryUrl: registryUrl, registryTls } = config.kafka;
	const codec = createCodec({
		ticketsTopic: topics.tickets.name,
		approvalRequestsTopic: topics.approvalRequests.name,
		approvalRequests: config.kafka.approvalRequests,
		...(registryUrl === undefined ? {} : { registryUrl }),
		...(registryTls === undefined ? {} : { registryTls }),
	});

	const mongo = await lifecycle.start(
		"mongodb",
		() =>
			createMongo(
				{
					...config.mongodb,
					createsIndexes: !isRegistryAlone(config),
					explain: (error) => explainFault(error, names.mongodb),
				},
				context,
			),
		(it) => it.close(),
	);
	const redis = await lifecycle.start(
		"redis",
		() =>
			createRedis(
				{
					...config.redis,
					explain: (error) => explainFault(error, names.redis),
				},
				context,
			),
		(it) => it.close(),
	);
	const producer = await lifecycle.start(
		"kafka producer",
		() => createProducer({ ...kafka, compression: config.kafka.compression }),
		(it) => it.close(),
	);
	const kafkaPing = await lifecycle.start(
		"kafka ping",
		() => createKafkaPing(kafka),
		(it) => it.close(),
	);
	const connection = await lifecycle.start(
		"temporal client",
		() =>
			Connection.lazy({
				...connectionOptions(config.temporal),
				interceptors: retryInterceptors(),
				// gRPC's own back-off grows to two minutes: intake would stand still that long after an outage.
				channelArgs: {
					"grpc.initial_reconnect_backoff_ms": 100,
					"grpc.max_reconnect_backoff_ms": 2_000,
				},
			}),
		(it) => it.close(),
	);
	const temporal = new Client({
		connection,
		namespace: config.temporal.namespace,
		dataConverter,
	});
	return {
		...running,
		config,
		log,
		redact,
		metrics,
		intakeMetrics: createIntakeMetrics(metrics),
		kafka,
		topics,
		codec,
		producer,
		kafkaPing,
		mongo,
		redis,
		...(await openRegistry({ config, redis, log, metrics, lifecycle })),
		index: createTicketIndex({ mongo, redis, metrics }),
		...(await openTicketTokens(config)),
		...(await openScheduling({
			config,
			redis,
			mongo,
			metrics,
			log,
			lifecycle,
		})),
		stops: createCurrentStops(createStopStore(mongo)),
		...openRoutingAndFeatures({ config, redis, mongo, metrics, log }),
		...openPrediction({ config, mongo, temporal, metrics, log }),
		orphans: createOrphanPlans(mongo, {
			watchId: orphanWatchId(config.temporal.taskQueue),
			workflowIdOf: planWorkflowId,
		}),
		tracing,
		policyEngine: await openPolicyEngine({ config, metrics }),
		temporal,
		plans: createPlanClient({
			client: () => temporal,
			taskQueue: config.temporal.taskQueue,
		}),
	};
}

/** First of all parts, so that it sees what the others do until their end. */
async function startTracing(
	{ tracing, service }: Config,
	context: Pick<Parts, "log" | "metrics">,
	lifecycle: Lifecycle,
): Promise<Tracing | undefined> {
	if (tracing === null) return undefined;
	return await lifecycle.start(
		"tracing",
		() => openTracing({ ...tracing, service }, context),
		(it) => it.close(),
	);
}

/** What C3 writes, intake frees and the API shows. */
async function openScheduling({
	config,
	redis,
	mongo,
	metrics,
	log,
	lifecycle,
}: Pick<
	Parts,
	"config" | "redis" | "mongo" | "metrics" | "log" | "lifecycle"
>) {
	const { traceHalfLifeMs } = config.scheduler;
	const shared = createRedisPlaces(redis, { traceHalfLifeMs });
	return {
		preemptions: shared,
		traces: shared,
		reservations: createReservations({
			shared,
			local: createLocalPlaces(),
			metrics,
			log,
		}),
		explanations: await lifecycle.start(
			"explanations of allocations",
			() => createExplanations(mongo, metrics),
			(it) => it.settled(),
		),
	};
}

const RETRY_MS = 1_000;
/** A condition of the start, and the server that it needs. */
const serverOf = {
	temporal: "temporal",
	"temporal worker": "temporal",
	"first build": "temporal",
	"rollout worker": "temporal",
	"telemetry schedule": "temporal",
	"orphan watch": "temporal",
	"retention schedule": "temporal",
	"training schedule": "temporal",
	"kafka topics": "kafka",
} as const;
type Need = keyof typeof serverOf;

/** Servers may start later than this process; only the end of the service ends the wait. */
export async function untilItWorks<T>(
	{ config, log, stopping }: Parts,
	needs: Need,
	work: () => Promise<T>,
): Promise<T> {
	for (;;) {
		try {
			return await work();
		} catch (error) {
			stopping.throwIfAborted();
			const fault = await explainOutage(config, serverOf[needs], error);
			log.warn({ error, needs, ...fault }, "not ready yet, trying again");
			await sleep(RETRY_MS, undefined, { signal: stopping });
		}
	}
}
