import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import type { PolicyHealth, PolicyReports } from "../plans/policy-ports.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { HealthLook } from "./health.ts";
import { problemResponses } from "./problems.ts";

export interface ComponentHealthDeps {
	/** The dependencies of this process. */
	looks: readonly HealthLook[];
	metrics: Pick<Metrics, "redisErrors" | "ticketLookups">;
	policies: PolicyReports;
	redis: RedisSettingsShown;
}

/** The settings of Redis that are shown. */
export interface RedisSettingsShown {
	/** `host:port`. */
	nodes: readonly string[];
	tls: boolean;
	/** How long an entry is kept. */
	cacheTtlSeconds: number;
	/** How many failures open the circuit, and how long until it is tried again. */
	circuit: { failureThreshold: number; recoverySeconds: number };
}

const opaSchema = Type.Unsafe<PolicyHealth>(
	Type.Object({
		status: Type.Enum(["disabled", "healthy", "degraded", "unhealthy"]),
		enabled: Type.Boolean(),
		message: Type.Optional(Type.String()),
		engine: Type.Optional(Type.Enum(["embedded", "server"])),
		opa_server: Type.Optional(
			Type.Union([Type.String(), Type.Null()], {
				description: "null: the policies are embedded",
			}),
		),
		circuit_breaker: Type.Optional(
			Type.Object({
				enabled: Type.Boolean(),
				state: Type.Enum(["closed", "half-open", "open"]),
				failure_count: Type.Integer(),
				last_failure_time: Type.Union([Type.String(), Type.Null()]),
			}),
		),
		cache_size: Type.Optional(Type.Integer()),
		cache_ttl_seconds: Type.Optional(Type.Number()),
		fail_open: Type.Optional(Type.Boolean()),
		last_check: Type.Optional(Type.String({ format: "date-time" })),
		policies: Type.Optional(
			Type.Object({}, { additionalProperties: Type.String() }),
		),
		error: Type.Optional(Type.String()),
	}),
);
const kafkaSchema = Type.Object({
	status: Type.Unsafe<"healthy" | "unhealthy">(
		Type.Enum(["healthy", "unhealthy"]),
	),
	component: Type.Literal("kafka_producer"),
	timestamp: Type.String({ format: "date-time" }),
	checks: Type.Object({
		kafka_connection: Type.Object({
			initialized: Type.Boolean(),
			latency_ms: Type.Number(),
			error: Type.Optional(Type.String()),
		}),
	}),
});
const redisSchema = Type.Object({
	available: Type.Boolean(),
	circuit_breaker: Type.Object({
		state: Type.Unsafe<"closed" | "open">(Type.Enum(["closed", "open"])),
		failure_count: Type.Integer({
			description: "Operations that failed since this process began",
		}),
		failure_threshold: Type.Integer(),
		recovery_timeout: Type.Number({ description: "Seconds between tries" }),
	}),
	cache_telemetry: Type.Object({
		total_hits: Type.Integer({
			description: "Look-ups that this process's memory or Redis answered",
		}),
		total_misses: Type.Integer(),
		hit_ratio: Type.Number({ description: "0 to 1; 0 without look-ups" }),
		latency_ms: Type.Number({ description: "Of a ping just now" }),
	}),
	cache_ttl_seconds: Type.Integer(),
	redis_nodes: Type.Array(Type.String()),
	ssl_enabled: Type.Boolean(),
	error: Type.Optional(Type.String()),
});

/** The health of single components, on the paths and with the fields of the earlier service. */
export const componentHealthRoutes: FastifyPluginAsyncTypebox<
	ComponentHealthDeps
> = async (app, { looks, metrics, policies, redis }) => {
	app.get(
		"/health/opa",
		{
			config: { role: "public", rateLimit: false },
			schema: {
				operationId: "getOpaHealth",
				tags: ["Health"],
				summary: "Whether policies are asked, and whether they answer",
				response: { 200: opaSchema, 503: opaSchema, ...problemResponses },
			},
		},
		async (_request, reply) => {
			const health = await policies.health();
			const isIll = health.status === "unhealthy";
			return await reply.code(isIll ? 503 : 200).send(health);
		},
	);

	app.get(
		"/health/kafka-producer",
		{
			config: { role: "public", rateLimit: false },
			schema: {
				operationId: "getKafkaProducerHealth",
				tags: ["Health"],
				summary: "Whether Kafka answers",
				response: { 200: kafkaSchema, 503: kafkaSchema, ...problemResponses },
			},
		},
		async (_request, reply) => {
			const result = await askByName(looks, "kafka");
			const { available, latency_ms, error } = result;
			return await reply.code(available ? 200 : 503).send({
				status: available ? "healthy" : "unhealthy",
				component: "kafka_producer",
				timestamp: new Date().toISOString(),
				checks: {
					kafka_connection: {
						initialized: available,
						latency_ms,
						...(error !== undefined && { error }),
					},
				},
			});
		},
	);

	app.get(
		"/redis/stats",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getRedisStats",
				tags: ["Health"],
				summary: "Whether Redis answers, and how many look-ups it answered",
				response: { 200: redisSchema, 503: redisSchema, ...problemResponses },
			},
		},
		async (_request, reply) => {
			const result = await askByName(looks, "redis");
			const { available, latency_ms, error, circuit_breaker_state } = result;
			const failures = sum((await metrics.redisErrors.get()).values);
			const lookups = (await metrics.ticketLookups.get()).values;
			const hits = sum(lookups.filter(({ labels }) => isHit(labels.source)));
			const total = sum(lookups);
			return await reply.code(available ? 200 : 503).send({
				available,
				circuit_breaker: {
					state: circuit_breaker_state ?? "closed",
					failure_count: failures,
					failure_threshold: redis.circuit.failureThreshold,
					recovery_timeout: redis.circuit.recoverySeconds,
				},
				cache_telemetry: {
					total_hits: hits,
					total_misses: total - hits,
					hit_ratio: total === 0 ? 0 : hits / total,
					latency_ms,
				},
				cache_ttl_seconds: redis.cacheTtlSeconds,
				redis_nodes: [...redis.nodes],
				ssl_enabled: redis.tls,
				...(error !== undefined && { error }),
			});
		},
	);
};

async function askByName(looks: readonly HealthLook[], wanted: string) {
	const look = looks.find(({ name }) => name === wanted);
	if (look !== undefined) return await look.ask();
	return {
		available: false,
		latency_ms: 0,
		error: "this process does not use it",
		circuit_breaker_state: undefined,
	};
}

function isHit(source: string | number | undefined): boolean {
	return source === "memory" || source === "redis";
}

function sum(values: readonly { value: number }[]): number {
	return values.reduce((all, { value }) => all + value, 0);
}
