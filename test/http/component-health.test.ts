import assert from "node:assert/strict";
import { test } from "node:test";
import { openEngine } from "../../src/policy/open-engine.ts";
import { createPolicyReports } from "../../src/policy/report-health.ts";
import { policySettingsOf } from "../support/gates.ts";
import { openHttp } from "../support/http.ts";

const up = (name: string) => ({
	name,
	required: false,
	check: async () => undefined,
});
const down = (name: string) => ({
	name,
	required: false,
	check: async () => {
		throw new Error("refused");
	},
	circuit: async () => "open" as const,
});

test("GET /health/opa: says that no policy is configured", async (t) => {
	const { app } = await openHttp(t);
	const response = await app.inject("/health/opa");
	assert.equal(response.statusCode, 200);
	const { status, enabled, message } = response.json();
	assert.deepEqual([status, enabled], ["disabled", false]);
	assert.match(message, /^not configured/);
});

test("GET /health/opa: the embedded policies answer, a server that is away does not", async (t) => {
	const settings = policySettingsOf();
	const opened = await openEngine(settings.engine);
	const policies = createPolicyReports(settings, opened);
	const well = await openHttp(t, { policies });
	const healthy = await well.app.inject("/health/opa");
	assert.equal(healthy.statusCode, 200);
	assert.partialDeepStrictEqual(healthy.json(), {
		status: "healthy",
		enabled: true,
		engine: "embedded",
		opa_server: null,
		fail_open: false,
		policies: { resource_limits: "neuralhive/orchestrator/resource_limits" },
	});
	const away = policySettingsOf({
		OPA_HOST: "127.0.0.1",
		OPA_PORT: "1",
		OPA_SECURITY_ENABLED: "false",
	});
	const server = await openEngine(away.engine);
	const ill = await openHttp(t, {
		policies: createPolicyReports(away, server),
	});
	const unhealthy = await ill.app.inject("/health/opa");
	assert.equal(unhealthy.statusCode, 503);
	const { status, policies: paths, error } = unhealthy.json();
	assert.equal(status, "unhealthy");
	assert.equal(paths.security_constraints, "disabled");
	assert.match(error, /cannot be reached/);
});

test("GET /health/kafka-producer: as Kafka answers", async (t) => {
	const well = await openHttp(t, {}, [up("kafka")]);
	const healthy = await well.app.inject("/health/kafka-producer");
	assert.equal(healthy.json().status, "healthy");
	const ill = await openHttp(t, {}, [down("kafka")]);
	const unhealthy = await ill.app.inject("/health/kafka-producer");
	assert.equal(unhealthy.statusCode, 503);
	assert.equal(unhealthy.json().checks.kafka_connection.error, "refused");
});

test("GET /redis/stats: availability, circuit, and what the cache was good for", async (t) => {
	const { app, metrics } = await openHttp(t, {}, [up("redis")]);
	metrics.ticketLookups.inc({ source: "redis" }, 2);
	metrics.ticketLookups.inc({ source: "memory" });
	metrics.ticketLookups.inc({ source: "mongodb" });
	metrics.redisErrors.inc({ operation: "ping" });
	const stats = (await app.inject("/redis/stats")).json();
	assert.equal(stats.available, true);
	assert.deepEqual(stats.circuit_breaker, {
		state: "closed",
		failure_count: 1,
		failure_threshold: 1,
		recovery_timeout: 0.5,
	});
	const { latency_ms, ...telemetry } = stats.cache_telemetry;
	assert.ok(latency_ms >= 0);
	assert.deepEqual(telemetry, {
		total_hits: 3,
		total_misses: 1,
		hit_ratio: 0.75,
	});
	const ill = await openHttp(t, {}, [down("redis")]);
	const away = await ill.app.inject("/redis/stats");
	assert.equal(away.statusCode, 503);
	assert.equal(away.json().circuit_breaker.state, "open");
});

test("health: a dependency is not asked again while one route waits for it, whichever asks", async (t) => {
	for (const answers of [up, down]) {
		let asked = 0;
		const answered = Promise.withResolvers<void>();
		const checks = ["kafka", "redis"].map((name) => ({
			...answers(name),
			check: async () => {
				asked += 1;
				await answered.promise;
				await answers(name).check();
			},
		}));
		const { app } = await openHttp(t, {}, checks);
		const paths = [
			...["/health", "/ready", "/health/kafka-producer", "/redis/stats"],
			...["/health/kafka-producer", "/health/kafka-producer"],
		];
		let arrived = 0;
		app.addHook("preHandler", async () => {
			arrived += 1;
			if (arrived === paths.length) setImmediate(answered.resolve);
		});
		await Promise.all(paths.map((url) => app.inject(url)));
		assert.equal(asked, 2);
	}
});
