import { type Static, Type } from "typebox";

export const roles = ["api", "intake", "worker"] as const;
export type Role = (typeof roles)[number];

const HOUR_MS = 3_600_000;
/** Longest duration a setting may name: setTimeout takes no more. */
const MAX_MS = 2_147_483_647;

const durationMs = (defaultMs: number, description: string, minimum = 1) =>
	Type.Integer({
		minimum,
		maximum: MAX_MS,
		default: defaultMs,
		description,
		example: String(defaultMs),
	});

const count = (
	defaultCount: number,
	maximum: number,
	description: string,
	minimum = 1,
) =>
	Type.Integer({
		minimum,
		maximum,
		default: defaultCount,
		description,
		example: String(defaultCount),
	});

const flag = (defaultFlag: boolean, description: string) =>
	Type.Boolean({ default: defaultFlag, description, example: "true" });

const topicName = (defaultName: string, description: string) =>
	Type.String({
		pattern: "^[A-Za-z0-9._-]{1,200}$",
		rule: "a Kafka name: letters, digits, dot, underscore, hyphen",
		default: defaultName,
		description,
		example: defaultName,
	});

const hostList = "^[^\\s,:]+:\\d{1,5}(\\s*,\\s*[^\\s,:]+:\\d{1,5})*$";

/** Every setting there is. README.md and .env.example are generated from here (`npm run docs`). */
export const settingsSchema = Type.Object({
	SERVICE_NAME: Type.String({
		default: "orchestrator-dynamic",
		description: "Name of the service in logs and as Kafka client id",
		example: "orchestrator-dynamic",
	}),
	SERVICE_VERSION: Type.String({
		default: "1.0.0",
		description: "Version of the service in logs and in /health",
		example: "1.0.0",
	}),
	ENVIRONMENT: Type.String({
		default: "development",
		description: "Where this runs; stands in every log line",
		example: "production",
	}),
	LOG_LEVEL: Type.Enum(
		["trace", "debug", "info", "warn", "error", "fatal", "silent"],
		{
			default: "info",
			description: "Least important log line that is written",
			example: "info",
		},
	),
	ROLES: Type.String({
		pattern: `^(${roles.join("|")})(\\s*,\\s*(${roles.join("|")}))*$`,
		rule: `one or more of ${roles.join(", ")}, separated by commas`,
		default: roles.join(","),
		description: "Parts of the service this process runs",
		example: "intake,worker",
	}),
	SHUTDOWN_GRACE_MS: durationMs(
		20_000,
		"Time a stopping process has to finish what it works on",
	),

	HTTP_HOST: Type.String({
		default: "127.0.0.1",
		description:
			"Address the API listens on; reachable from outside only when set, in a container to 0.0.0.0",
		example: "0.0.0.0",
	}),
	HTTP_PORT: Type.Integer({
		minimum: 0,
		maximum: 65_535,
		default: 8080,
		description: "Port of the API; 0 takes a free one",
		example: "8080",
	}),

	TEMPORAL_HOST: Type.String({
		pattern: "^[^\\s:/]+(:\\d{1,5})?$",
		rule: "host or host:port",
		default: "127.0.0.1",
		description: "Temporal frontend",
		example: "temporal-frontend:7233",
	}),
	TEMPORAL_PORT: Type.Integer({
		minimum: 1,
		maximum: 65_535,
		default: 7233,
		description: "Port of the Temporal frontend when TEMPORAL_HOST names none",
		example: "7233",
	}),
	TEMPORAL_NAMESPACE: Type.String({
		default: "default",
		description: "Temporal namespace",
		example: "default",
	}),
	TEMPORAL_TASK_QUEUE: Type.String({
		default: "orchestration-tasks",
		description: "Task queue of the workflows",
		example: "orchestration-tasks",
	}),
	WORKER_MAX_CACHED_WORKFLOWS: count(
		1000,
		100_000,
		"Workflows a worker keeps in memory; above it they are replayed when they go on",
	),

	KAFKA_BOOTSTRAP_SERVERS: Type.String({
		pattern: hostList,
		rule: "host:port, several separated by commas",
		description: "Kafka brokers",
		example: "kafka-1:9092,kafka-2:9092",
	}),
	KAFKA_CONSUMER_GROUP_ID: topicName(
		"orchestrator-dynamic",
		"Consumer group of the decisions; the other consumers add a suffix to it",
	),
	KAFKA_CONSENSUS_TOPIC: topicName(
		"plans.consensus",
		"Topic of the consolidated decisions",
	),
	KAFKA_TICKETS_TOPIC: topicName(
		"execution.tickets",
		"Topic of the execution tickets",
	),
	KAFKA_TOPIC_PREFIX: Type.Optional(
		Type.String({
			pattern: "^[A-Za-z0-9._-]{1,100}$",
			rule: "letters, digits, dot, underscore, hyphen",
			description: "Put before every topic name; for tests that share a broker",
			example: "test1.",
		}),
	),
	KAFKA_SCHEMA_REGISTRY_URL: Type.Optional(
		Type.String({
			pattern: "^https?://\\S+$",
			rule: "an http or https URL",
			description:
				"Confluent schema registry; without it Avro messages cannot be read and tickets go out as JSON",
			example: "http://schema-registry:8081",
		}),
	),
	KAFKA_COMPRESSION: Type.Enum(["gzip", "none"], {
		default: "gzip",
		description: "Compression of what is produced; every codec is read",
		example: "gzip",
	}),
	KAFKA_CREATE_TOPICS: flag(true, "Create missing topics at start"),
	KAFKA_TOPIC_REPLICATION_FACTOR: Type.Integer({
		minimum: -1,
		maximum: 32_767,
		default: -1,
		description: "Replicas of created topics; -1 takes the broker's default",
		example: "3",
	}),

	MONGODB_URI: Type.String({
		pattern: "^mongodb(\\+srv)?://\\S+$",
		rule: "a MongoDB connection string",
		description: "MongoDB: audit trail and read model",
		example: "mongodb://mongodb:27017",
	}),
	MONGODB_DATABASE: Type.String({
		pattern: '^[^/\\\\. "$*<>:|?\\u0000]{1,63}$',
		rule: "a MongoDB database name",
		default: "neural_hive_orchestration",
		description: "MongoDB database",
		example: "neural_hive_orchestration",
	}),
	MONGODB_MAX_POOL_SIZE: count(
		20,
		500,
		"Connections this process keeps to MongoDB at most",
	),
	REDIS_CLUSTER_NODES: Type.String({
		pattern: hostList,
		rule: "host:port, several separated by commas",
		description:
			"Redis: cache and worker directory. One address is a single server, several are a cluster",
		example: "redis:6379",
	}),
	REDIS_PASSWORD: Type.Optional(
		Type.String({
			secret: true,
			description: "Password of Redis",
			example: "secret",
		}),
	),
	REDIS_SSL_ENABLED: flag(false, "Speak TLS with Redis"),

	ORCHESTRATION_V2_ENABLED: flag(
		true,
		"Let plans that name no version run under V2",
	),
	ORCHESTRATION_V2_PERCENTAGE: Type.Number({
		minimum: 0,
		maximum: 100,
		default: 0,
		description:
			"Share of the plans that name no version which runs under V2, by a stable hash of the plan id",
		example: "25",
	}),
	TICKETS_PARTITION_KEY: Type.Enum(["auto", "plan", "ticket"], {
		default: "auto",
		description:
			"Kafka key of tickets: the plan's id, the ticket's, or by version (V1 plan, V2 ticket)",
		example: "auto",
	}),
	TICKET_MAX_ATTEMPTS: count(
		2,
		100,
		"Publications of one ticket at most, before it has failed for good",
	),
	TICKET_RETRY_BACKOFF_MS: durationMs(
		5_000,
		"Wait before a ticket's second attempt; doubled for each further one",
		0,
	),
	TICKET_QUEUE_ALLOWANCE_MS: durationMs(
		60_000,
		"Time a ticket may wait for a worker, added to its time-out",
		0,
	),
	SLA_TICKET_MIN_TIMEOUT_MS: durationMs(
		60_000,
		"Least time-out of a ticket's execution",
	),
	SLA_TICKET_TIMEOUT_BUFFER_MULTIPLIER: Type.Number({
		minimum: 1,
		maximum: 1_000,
		default: 3,
		description: "Time-out of a ticket as a multiple of its estimated duration",
		example: "3.0",
	}),
	PLAN_MAX_DURATION_MS: durationMs(
		4 * HOUR_MS,
		"Limit of a plan, counted from the end of its approval",
	),
	PLAN_MAX_TASKS: count(10_000, 1_000_000, "Tasks a plan may have"),
	APPROVAL_TIMEOUT_MS: durationMs(
		24 * HOUR_MS,
		"Time a plan waits for approval when neither it nor its decision names an end",
	),

	MAX_OPEN_PLANS: count(
		5_000,
		10_000_000,
		"Plans at work above which intake pauses",
	),
	INTAKE_CONCURRENCY: count(
		16,
		1_000,
		"Decisions of one batch that are started at the same time",
	),
	RESULT_WINDOW_MS: durationMs(
		50,
		"Time results are gathered before one signal per plan is sent",
		0,
	),
	RESULT_RETRY_DELAY_MS: durationMs(
		15_000,
		"Wait before a result whose plan was not found is looked up again",
	),
	RESULT_RETRY_MAX_AGE_MS: durationMs(
		24 * HOUR_MS,
		"Age at which a result whose plan was never found becomes a dead letter",
	),
	TELEMETRY_DRAIN_INTERVAL_MS: durationMs(
		30_000,
		"Interval at which buffered telemetry frames are published again",
		1_000,
	),
});

export type Settings = Static<typeof settingsSchema>;
