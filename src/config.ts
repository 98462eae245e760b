// Long because every setting gets its meaning in one place.
import { type Settings, settingsSchema } from "./config-schema.ts";
import type { PlanSettings } from "./domain/plan-run.ts";
import { OrchestratorError } from "./errors.ts";
import { findAccessProblems } from "./settings/access.ts";
import { findContradictions } from "./settings/contradictions.ts";
import { findDeployProblems, toDeployConfig } from "./settings/deploy.ts";
import { openSources } from "./settings/dot-env.ts";
import {
	describeFate,
	findEarlierSettings,
} from "./settings/earlier-settings.ts";
import { toFeatureConfig } from "./settings/features.ts";
import type { Environment, SettingSources } from "./settings/find-setting.ts";
import { findMalformed } from "./settings/malformed.ts";
import { toNotificationConfig } from "./settings/notifications.ts";
import { policyValues } from "./settings/policy-values.ts";
import { toPredictionConfig } from "./settings/prediction.ts";
import {
	type ExplainedSetting,
	readSettings,
} from "./settings/read-settings.ts";
import { readTls, type TlsReading } from "./settings/read-tls.ts";
import {
	findRetentionProblems,
	toRetentionDays,
} from "./settings/retention.ts";
import {
	findSchedulerProblems,
	toSchedulerConfig,
} from "./settings/scheduler.ts";
import { type Role, roles } from "./settings/service.ts";
import { checkpointSettings, toSlaConfig } from "./settings/sla.ts";
import { toTicketJwtConfig } from "./settings/ticket-tokens.ts";
import { type TlsAreaName, tlsAreas } from "./settings/tls-areas.ts";
import { findTracingProblems, toTracingConfig } from "./settings/tracing.ts";
import { findSlips } from "./settings/unknown-names.ts";

export type Config = Readonly<ReturnType<typeof toConfig>> & {
	/** Settings without effect, one line each. */
	readonly warnings: readonly string[];
};

export interface ConfigExplanation {
	/** Every setting there is, with its effective value (secrets masked) and where it came from. */
	settings: ExplainedSetting[];
	/** Problems that prevent the start, one line each. */
	problems: string[];
	/** Settings without effect, one line each. */
	warnings: string[];
}

/**
 * The configuration from the environment and, when a directory is given, from the `.env` file in it.
 * Throws SETTINGS_INVALID that names every problem at once.
 */
export function loadConfig(env: Environment, directory?: string): Config {
	const { values, problems, tls, sources } = readAll(env, directory);
	if (problems.length === 0)
		return {
			...toConfig(values as Settings, tls),
			warnings: findWarnings(sources),
		};
	throw new OrchestratorError(
		"SETTINGS_INVALID",
		`the configuration is not valid:\n  ${problems.join("\n  ")}`,
		{ problems },
	);
}

/** The settings with their sources, valid or not. Never throws. */
export function explainConfig(
	env: Environment,
	directory?: string,
): ConfigExplanation {
	const { settings, problems, sources } = readAll(env, directory);
	return { settings, problems, warnings: findWarnings(sources) };
}

/** Settings without effect, in the environment and in the file: slips, and those of the earlier service. */
function findWarnings({ environment, dotEnv }: SettingSources): string[] {
	return [dotEnv?.values ?? {}, environment].flatMap((values) => [
		...findEarlierSettings(values).map(describeFate),
		...findSlips(values, settingNames),
	]);
}

/** What may be set: `REDIS_PASSWORD` and `REDIS_PASSWORD_FILE`. */
export const settingNames: ReadonlySet<string> = new Set(
	Object.keys(settingsSchema.properties).flatMap((name) => [
		name,
		`${name}_FILE`,
	]),
);

function readAll(env: Environment, directory: string | undefined) {
	const { sources, problems } = listSources(env, directory);
	const reading = readSettings(settingsSchema, sources);
	const { values } = reading;
	const tls = readAllTls(values);
	return {
		...reading,
		sources,
		tls,
		problems: [
			...problems,
			...reading.problems,
			...findContradictions(values),
			...findAccessProblems(values),
			...findDeployProblems(values),
			...findRetentionProblems(values),
			...findSchedulerProblems(values),
			...findTracingProblems(values),
			...findMalformed(values),
			...Object.values(tls).flatMap((area) => area.problems),
		],
	};
}

function listSources(env: Environment, directory: string | undefined) {
	if (directory !== undefined) return openSources(env, directory);
	const sources: SettingSources = { environment: env };
	return { sources, problems: [] };
}

function readAllTls(settings: Partial<Settings>) {
	const entries = Object.entries(tlsAreas).map(
		([name, area]) => [name, readTls(area, settings)] as const,
	);
	return Object.fromEntries(entries) as Record<TlsAreaName, TlsReading>;
}

function toConfig(env: Settings, tls: Record<TlsAreaName, TlsReading>) {
	return {
		service: {
			name: env.SERVICE_NAME,
			version: env.SERVICE_VERSION,
			environment: env.ENVIRONMENT,
			variant: env.DEPLOYMENT_VARIANT,
		},
		logLevel: env.LOG_LEVEL,
		metricsEnabled: env.METRICS_ENABLED,
		logFormat: env.LOG_FORMAT as "json" | "text",
		sensitiveParameters: env.SENSITIVE_PARAMETERS.split(",").flatMap(
			(name) => name.trim() || [],
		),
		roles: listRoles(env.ROLES),
		shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
		http: {
			host: env.HTTP_HOST,
			port: env.HTTP_PORT,
			metricsRole: env.METRICS_ROLE,
			rateLimit: {
				max: env.HTTP_RATE_LIMIT,
				windowMs: env.HTTP_RATE_LIMIT_WINDOW_MS,
			},
			bodies: { allMaxBytes: env.HTTP_BODIES_MAX_BYTES },
			corsOrigins: splitOptional(env.HTTP_CORS_ORIGINS),
			trustedProxies: splitOptional(env.HTTP_TRUSTED_PROXIES),
		},
		access: toAccessConfig(env),
		temporal: {
			address: env.TEMPORAL_HOST.includes(":")
				? env.TEMPORAL_HOST
				: `${env.TEMPORAL_HOST}:${env.TEMPORAL_PORT}`,
			namespace: env.TEMPORAL_NAMESPACE,
			taskQueue: env.TEMPORAL_TASK_QUEUE,
			/** undefined: releases are not canaried. */
			deployment: env.WORKER_DEPLOYMENT_NAME,
			build: env.WORKER_BUILD_ID,
			maxCachedWorkflows: env.WORKER_MAX_CACHED_WORKFLOWS,
			guardWorkflows: env.WORKER_WORKFLOW_GUARD,
			retryWaits: {
				initialMs: env.RETRY_INITIAL_INTERVAL_MS,
				coefficient: env.RETRY_BACKOFF_COEFFICIENT,
				maxMs: env.RETRY_MAX_INTERVAL_MS,
			},
			tls: tls.temporal.tls,
			apiKey: env.TEMPORAL_API_KEY,
		},
		kafka: {
			...toKafkaConfig(env),
			tls: tls.kafka.tls,
			registryTls: tls.registry.tls,
		},
		mongodb: {
			uri: env.MONGODB_URI,
			database: env.MONGODB_DATABASE,
			maxPoolSize: env.MONGODB_MAX_POOL_SIZE,
			tls: tls.mongodb.tls,
		},
		redis: {
			nodes: splitList(env.REDIS_CLUSTER_NODES),
			username: env.REDIS_USERNAME,
			password: env.REDIS_PASSWORD,
			tls: tls.redis.tls,
		},
		registry: toRegistryConfig(env, tls.workers.tls),
		events: {
			// One stream of changes for each database.
			key: `orchestration:changes:${env.MONGODB_DATABASE}`,
			maxLength: env.EVENT_STREAM_LENGTH,
			maxReaders: env.EVENT_READERS_MAX,
			maxReadersPerCaller: env.EVENT_READERS_PER_CALLER_MAX,
		},
		versions: {
			v2Enabled: env.ORCHESTRATION_V2_ENABLED,
			v2Percentage: env.ORCHESTRATION_V2_PERCENTAGE,
		},
		plan: toPlanSettings(env),
		/** null: nobody asks policies. */
		policy: policyValues(env),
		scheduler: toSchedulerConfig(env),
		prediction: toPredictionConfig(env),
		features: toFeatureConfig(env),
		deploy: toDeployConfig(env),
		intake: {
			maxOpenPlans: env.MAX_OPEN_PLANS,
			concurrency: env.INTAKE_CONCURRENCY,
			recordMaxTries: env.RECORD_MAX_TRIES,
			resultWindowMs: env.RESULT_WINDOW_MS,
			resultRetryDelayMs: env.RESULT_RETRY_DELAY_MS,
			resultRetryMaxAgeMs: env.RESULT_RETRY_MAX_AGE_MS,
		},
		/** Without keys, results need no token. */
		resultTokenKeys: env.TICKET_RESULT_TOKENS
			? (env.TICKET_RESULT_TOKEN_KEYS as string).split(/[\s,]+/)
			: [],
		/** null: attempts have no JSON web token. */
		ticketJwt: toTicketJwtConfig(env),
		/** null: ends of audit trails are not signed. */
		auditSigning:
			env.AUDIT_SIGNING_KEYS === undefined
				? null
				: {
						keys: env.AUDIT_SIGNING_KEYS.split(/[\s,]+/),
						signedSinceMs: Date.parse(env.AUDIT_SIGNED_SINCE ?? "") || 0,
					},
		retentionDays: toRetentionDays(env),
		orphanWatch: {
			intervalMs: env.ORPHAN_WATCH_INTERVAL_MS,
			quietMs: env.ORPHAN_WATCH_QUIET_MS,
		},
		notifications: toNotificationConfig(env),
		sla: {
			...toSlaConfig(env, toNotificationConfig(env)),
			/** Names the installation in Redis: several may share one. */
			scope: `${env.TEMPORAL_NAMESPACE}/${env.MONGODB_DATABASE}`,
		},
		/** null: nothing is traced. */
		tracing: toTracingConfig(env),
		/** With `{trace_id}` in it; undefined: traces have no page. */
		traceUrl: env.TRACE_URL_TEMPLATE,
		telemetryDrainIntervalMs: env.TELEMETRY_DRAIN_INTERVAL_MS,
	};
}

const saslMechanisms = {
	PLAIN: "plain",
	"SCRAM-SHA-256": "scram-sha-256",
	"SCRAM-SHA-512": "scram-sha-512",
} as const;

/** `findAccessProblems` has checked that the settings of the chosen mode are there. */
function toAccessConfig(env: Settings) {
	const mode = env.AUTH_MODE;
	if (mode === "none") return { mode, anyHost: env.AUTH_NONE_FORCE } as const;
	if (mode === "token") {
		return { mode, tokensFile: env.API_TOKENS_FILE as string } as const;
	}
	return {
		mode,
		jwksUrl: env.AUTH_JWT_JWKS_URL as string,
		issuer: env.AUTH_JWT_ISSUER as string,
		audience: env.AUTH_JWT_AUDIENCE as string,
		rolesClaim: env.AUTH_JWT_ROLES_CLAIM,
		nameClaim: env.AUTH_JWT_NAME_CLAIM,
	} as const;
}

function toKafkaConfig(env: Settings) {
	const isSasl = env.KAFKA_SECURITY_PROTOCOL.startsWith("SASL");
	const sasl = {
		mechanism: saslMechanisms[env.KAFKA_SASL_MECHANISM],
		username: env.KAFKA_SASL_USERNAME ?? "",
		password: env.KAFKA_SASL_PASSWORD ?? "",
	};
	return {
		sasl: isSasl ? sasl : undefined,
		brokers: splitList(env.KAFKA_BOOTSTRAP_SERVERS),
		groupId: env.KAFKA_CONSUMER_GROUP_ID,
		consensusTopic: env.KAFKA_CONSENSUS_TOPIC,
		ticketsTopic: env.KAFKA_TICKETS_TOPIC,
		approvalRequestsTopic: env.APPROVAL_REQUESTS_TOPIC,
		approvalResponsesTopic: env.APPROVAL_RESPONSES_TOPIC,
		approvalRequests: env.APPROVAL_REQUESTS_FORMAT,
		slaAlertsTopic: env.SLA_ALERTS_TOPIC,
		slaViolationsTopic: env.SLA_VIOLATIONS_TOPIC,
		outcomesTopic: env.ML_ALLOCATION_OUTCOMES_TOPIC,
		topicPrefix: env.KAFKA_TOPIC_PREFIX ?? "",
		schemaRegistryUrl: env.KAFKA_SCHEMA_REGISTRY_URL,
		compression: env.KAFKA_COMPRESSION,
		maxBatchBytes: env.KAFKA_MAX_BATCH_BYTES,
		createTopics: env.KAFKA_CREATE_TOPICS,
		topicReplicationFactor: env.KAFKA_TOPIC_REPLICATION_FACTOR,
	};
}

function toRegistryConfig(env: Settings, tls: TlsReading["tls"]) {
	const { SERVICE_REGISTRY_HOST: host, SERVICE_REGISTRY_PORT: port } = env;
	const isServed = listRoles(env.ROLES).includes("registry");
	return {
		/** undefined: this process has the registry's state at hand, and asks nobody. */
		address: host === undefined || isServed ? undefined : `${host}:${port}`,
		listen: { host: env.SERVICE_REGISTRY_LISTEN_HOST, port },
		tokens: env.SERVICE_REGISTRY_TOKEN?.split(/\s+/).filter(Boolean) ?? [],
		timeoutMs: env.SERVICE_REGISTRY_TIMEOUT_SECONDS * 1_000,
		maxResults: env.SERVICE_REGISTRY_MAX_RESULTS,
		freshMs: env.SERVICE_REGISTRY_CACHE_TTL_SECONDS * 1_000,
		lastKnownMs: env.SERVICE_REGISTRY_LAST_KNOWN_SECONDS * 1_000,
		leaseMs: env.SERVICE_REGISTRY_LEASE_SECONDS * 1_000,
		tls,
	};
}

function toPlanSettings(env: Settings): PlanSettings {
	return {
		ticketMaxAttempts: env.TICKET_MAX_ATTEMPTS,
		ticketRetryBackoffMs: env.TICKET_RETRY_BACKOFF_MS,
		ticketQueueAllowanceMs: env.TICKET_QUEUE_ALLOWANCE_MS,
		ticketWorkerBackoffMs: env.TICKET_WORKER_BACKOFF_MS,
		ticketMinTimeoutMs: env.SLA_TICKET_MIN_TIMEOUT_MS,
		ticketTimeoutMultiplier: env.SLA_TICKET_TIMEOUT_BUFFER_MULTIPLIER,
		planMaxDurationMs: env.PLAN_MAX_DURATION_MS,
		planMaxTasks: env.PLAN_MAX_TASKS,
		approvalTimeoutMs: env.APPROVAL_TIMEOUT_MS,
		approvalReminderIntervalMs: env.APPROVAL_REMINDER_INTERVAL_MS,
		...(env.APPROVAL_REQUIRE_PLAN_HASH && { approvalRequiresPlanHash: true }),
		partitionKey: env.TICKETS_PARTITION_KEY,
		...(env.SCHEDULER_ENABLE_PREEMPTION && {
			preemptionDelayMs: env.SCHEDULER_PREEMPTION_RETRY_DELAY_SECONDS * 1000,
		}),
		...checkpointSettings(env),
		policyFirst: true,
	};
}

function splitOptional(text: string | undefined): string[] {
	return text === undefined ? [] : splitList(text);
}

function splitList(text: string): string[] {
	return text.split(",").map((part) => part.trim());
}

function listRoles(text: string): readonly Role[] {
	const named = splitList(text);
	return roles.filter((role) => named.includes(role));
}
