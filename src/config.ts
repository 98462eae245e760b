import { type Settings, settingsSchema } from "./config-schema.ts";
import type { PlanSettings } from "./domain/plan-run.ts";
import { OrchestratorError } from "./errors.ts";
import { openSources } from "./settings/dot-env.ts";
import type { Environment, SettingSources } from "./settings/find-setting.ts";
import {
	type ExplainedSetting,
	readSettings,
} from "./settings/read-settings.ts";
import { type Role, roles } from "./settings/service.ts";
import { findSlips } from "./settings/unknown-names.ts";

export type Config = Readonly<ReturnType<typeof toConfig>>;

export interface ConfigExplanation {
	/** Every setting there is, with its effective value (secrets masked) and where it came from. */
	settings: ExplainedSetting[];
	/** What keeps the service from starting, one line each. */
	problems: string[];
	/** What has no effect, one line each. */
	warnings: string[];
}

/**
 * The configuration from the environment and, when a directory is given, from the `.env` file in it.
 * Throws SETTINGS_INVALID that names every problem at once.
 */
export function loadConfig(env: Environment, directory?: string): Config {
	const { values, problems } = readAll(env, directory);
	if (problems.length === 0) return toConfig(values as Settings);
	throw new OrchestratorError(
		"SETTINGS_INVALID",
		`the configuration is not valid:\n  ${problems.join("\n  ")}`,
		{ problems },
	);
}

/** What is configured and where it came from, whether it is valid or not. Never throws. */
export function explainConfig(
	env: Environment,
	directory?: string,
): ConfigExplanation {
	const { settings, problems, sources } = readAll(env, directory);
	const known = new Set(settings.flatMap(({ name }) => [name, `${name}_FILE`]));
	const warnings = [sources.dotEnv?.values ?? {}, env].flatMap((values) =>
		findSlips(values, known),
	);
	return { settings, problems, warnings };
}

function readAll(env: Environment, directory: string | undefined) {
	const { sources, problems } = listSources(env, directory);
	const reading = readSettings(settingsSchema, sources);
	return {
		...reading,
		sources,
		problems: [...problems, ...reading.problems],
	};
}

function listSources(env: Environment, directory: string | undefined) {
	if (directory !== undefined) return openSources(env, directory);
	const sources: SettingSources = { environment: env };
	return { sources, problems: [] };
}

function toConfig(env: Settings) {
	return {
		service: {
			name: env.SERVICE_NAME,
			version: env.SERVICE_VERSION,
			environment: env.ENVIRONMENT,
		},
		logLevel: env.LOG_LEVEL,
		roles: listRoles(env.ROLES),
		shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
		http: { host: env.HTTP_HOST, port: env.HTTP_PORT },
		temporal: {
			address: env.TEMPORAL_HOST.includes(":")
				? env.TEMPORAL_HOST
				: `${env.TEMPORAL_HOST}:${env.TEMPORAL_PORT}`,
			namespace: env.TEMPORAL_NAMESPACE,
			taskQueue: env.TEMPORAL_TASK_QUEUE,
			maxCachedWorkflows: env.WORKER_MAX_CACHED_WORKFLOWS,
		},
		kafka: toKafkaConfig(env),
		mongodb: {
			uri: env.MONGODB_URI,
			database: env.MONGODB_DATABASE,
			maxPoolSize: env.MONGODB_MAX_POOL_SIZE,
		},
		redis: {
			nodes: splitList(env.REDIS_CLUSTER_NODES),
			password: env.REDIS_PASSWORD,
			tls: env.REDIS_SSL_ENABLED,
		},
		versions: {
			v2Enabled: env.ORCHESTRATION_V2_ENABLED,
			v2Percentage: env.ORCHESTRATION_V2_PERCENTAGE,
		},
		plan: toPlanSettings(env),
		intake: {
			maxOpenPlans: env.MAX_OPEN_PLANS,
			concurrency: env.INTAKE_CONCURRENCY,
			resultWindowMs: env.RESULT_WINDOW_MS,
			resultRetryDelayMs: env.RESULT_RETRY_DELAY_MS,
			resultRetryMaxAgeMs: env.RESULT_RETRY_MAX_AGE_MS,
		},
		telemetryDrainIntervalMs: env.TELEMETRY_DRAIN_INTERVAL_MS,
	};
}

function toKafkaConfig(env: Settings) {
	return {
		brokers: splitList(env.KAFKA_BOOTSTRAP_SERVERS),
		groupId: env.KAFKA_CONSUMER_GROUP_ID,
		consensusTopic: env.KAFKA_CONSENSUS_TOPIC,
		ticketsTopic: env.KAFKA_TICKETS_TOPIC,
		topicPrefix: env.KAFKA_TOPIC_PREFIX ?? "",
		schemaRegistryUrl: env.KAFKA_SCHEMA_REGISTRY_URL,
		compression: env.KAFKA_COMPRESSION,
		createTopics: env.KAFKA_CREATE_TOPICS,
		topicReplicationFactor: env.KAFKA_TOPIC_REPLICATION_FACTOR,
	};
}

function toPlanSettings(env: Settings): PlanSettings {
	return {
		ticketMaxAttempts: env.TICKET_MAX_ATTEMPTS,
		ticketRetryBackoffMs: env.TICKET_RETRY_BACKOFF_MS,
		ticketQueueAllowanceMs: env.TICKET_QUEUE_ALLOWANCE_MS,
		ticketMinTimeoutMs: env.SLA_TICKET_MIN_TIMEOUT_MS,
		ticketTimeoutMultiplier: env.SLA_TICKET_TIMEOUT_BUFFER_MULTIPLIER,
		planMaxDurationMs: env.PLAN_MAX_DURATION_MS,
		planMaxTasks: env.PLAN_MAX_TASKS,
		approvalTimeoutMs: env.APPROVAL_TIMEOUT_MS,
		partitionKey: env.TICKETS_PARTITION_KEY,
	};
}

function splitList(text: string): string[] {
	return text.split(",").map((part) => part.trim());
}

function listRoles(text: string): readonly Role[] {
	const named = splitList(text);
	return roles.filter((role) => named.includes(role));
}
