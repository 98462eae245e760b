import type { Config } from "../config.ts";
import { type Check, ok, warning } from "./check.ts";

export type JudgedConfig = Pick<
	Config,
	| "service"
	| "access"
	| "http"
	| "kafka"
	| "redis"
	| "temporal"
	| "mongodb"
	| "versions"
	| "features"
	| "plan"
	| "intake"
>;

/** Whether the service is meant to carry load that matters. */
export function isProduction({ service }: Pick<Config, "service">): boolean {
	return /^prod(uction)?$/i.test(service.environment);
}

/** Judges settings that are valid one by one: misspelled names, and contradictions. */
export function checkSettings(
	config: JudgedConfig,
	slips: readonly string[],
): Check[] {
	const found = [
		...slips.map((slip) =>
			warning("settings", slip, "correct the name, or leave it out"),
		),
		...(isProduction(config) ? judgeProduction(config) : []),
		...judgeCombinations(config),
	];
	return [
		...(found.length > 0 ? found : [ok("settings", "valid, and they agree")]),
		judgeAccess(config),
	];
}

function judgeAccess({ access, http }: JudgedConfig): Check {
	if (access.mode !== "none") return ok("access", `AUTH_MODE=${access.mode}`);
	return /^(127\.|::1$|localhost$)/.test(http.host)
		? ok("access", "nobody is asked who they are; only this machine can ask")
		: warning(
				"access",
				`whoever reaches ${http.host} may do everything (AUTH_NONE_FORCE)`,
				"set AUTH_MODE=token or jwt, unless something before it asks for credentials",
			);
}

/** Settings that are fine on a laptop but not in production. */
function judgeProduction(config: JudgedConfig): Check[] {
	const { kafka, redis, temporal, mongodb } = config;
	const rules: [isFault: boolean, detail: string, remedy: string][] = [
		[
			kafka.tls === undefined,
			"Kafka is spoken to without TLS",
			"set KAFKA_SECURITY_PROTOCOL=SASL_SSL or SSL",
		],
		[
			temporal.tls === undefined,
			"Temporal is spoken to without TLS",
			"set TEMPORAL_TLS_ENABLED=true",
		],
		[
			mongodb.tls === undefined,
			"MongoDB is spoken to without TLS",
			"set MONGODB_TLS_ENABLED=true",
		],
		[
			redis.tls === undefined,
			"Redis is spoken to without TLS",
			"set REDIS_SSL_ENABLED=true",
		],
		[
			redis.password === undefined,
			"Redis asks for no password",
			"set REDIS_PASSWORD, or REDIS_PASSWORD_FILE",
		],
		[
			kafka.topicPrefix !== "",
			`every topic has the prefix ${kafka.topicPrefix}, which is meant for tests`,
			"leave KAFKA_TOPIC_PREFIX out",
		],
		[
			kafka.createTopics &&
				kafka.topicReplicationFactor > 0 &&
				kafka.topicReplicationFactor < 3,
			`topics are created with ${kafka.topicReplicationFactor} replicas`,
			"set KAFKA_TOPIC_REPLICATION_FACTOR=3",
		],
	];
	return toChecks(rules);
}

function judgeCombinations({
	versions,
	features,
	plan,
	intake,
}: JudgedConfig): Check[] {
	return toChecks([
		[
			features.enabled && features.names.length === 0,
			"CANARY_ENABLED is true, but CANARY_FEATURES names no feature that has two ways here",
			"name binding_routing, with TICKETS_ROUTING=key, or embedded_policy, with OPA_HOST",
		],
		[
			!versions.v2Enabled && versions.v2Percentage > 0,
			`ORCHESTRATION_V2_PERCENTAGE is ${versions.v2Percentage}, but V2 is off`,
			"set ORCHESTRATION_V2_ENABLED=true, or the percentage to 0",
		],
		[
			plan.planMaxDurationMs < plan.ticketMinTimeoutMs,
			"PLAN_MAX_DURATION_MS is shorter than the least time-out of one ticket",
			"raise PLAN_MAX_DURATION_MS, or lower SLA_TICKET_MIN_TIMEOUT_MS",
		],
		[
			plan.ticketMaxAttempts > 1 &&
				plan.ticketRetryBackoffMs > plan.planMaxDurationMs,
			"TICKET_RETRY_BACKOFF_MS is longer than a plan may last: no ticket gets a second attempt",
			"lower TICKET_RETRY_BACKOFF_MS",
		],
		[
			intake.resultRetryMaxAgeMs < intake.resultRetryDelayMs,
			"RESULT_RETRY_MAX_AGE_MS is shorter than RESULT_RETRY_DELAY_MS: results that come early become dead letters at once",
			"raise RESULT_RETRY_MAX_AGE_MS",
		],
	]);
}

function toChecks(
	rules: readonly [isFault: boolean, detail: string, remedy: string][],
): Check[] {
	return rules
		.filter(([isFault]) => isFault)
		.map(([, detail, remedy]) => warning("settings", detail, remedy));
}
