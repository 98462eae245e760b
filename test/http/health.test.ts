import assert from "node:assert/strict";
import { test } from "node:test";
import type { HealthCheck } from "../../src/http/health.ts";
import { openHttp } from "../support/http.ts";

const up = (name: string, required = true): HealthCheck => ({
	name,
	required,
	check: async () => undefined,
});
const down = (name: string, required = true): HealthCheck => ({
	name,
	required,
	check: async () => {
		throw new Error("no connection", { cause: new Error("ECONNREFUSED") });
	},
});

const cases = [
	{ checks: [up("a"), up("b")], health: "healthy", ready: true, mode: "full" },
	{
		checks: [up("a"), down("b", false)],
		health: "degraded",
		ready: true,
		mode: "degraded",
	},
	{
		checks: [down("a"), up("b")],
		health: "unhealthy",
		ready: false,
		mode: "degraded",
	},
];

for (const { checks, health, ready, mode } of cases) {
	test(`health: ${health} is ${ready ? "ready" : "not ready"}`, async (t) => {
		const { app } = await openHttp(t, {}, checks);
		const healthy = await app.inject("/health");
		assert.equal(healthy.statusCode, ready ? 200 : 503);
		assert.equal(healthy.json().status, health);
		assert.deepEqual(Object.keys(healthy.json().checks), ["a", "b"]);
		const readiness = await app.inject("/ready");
		assert.equal(readiness.statusCode, ready ? 200 : 503);
		assert.equal(readiness.json().status, ready ? "ready" : "not_ready");
		assert.equal(readiness.json().mode, mode);
		assert.equal((await app.inject("/live")).statusCode, 200);
	});
}

test("health: says of each dependency its state, latency and what is wrong", async (t) => {
	const { app } = await openHttp(t, {}, [up("redis", false), down("kafka")]);
	const { checks, service, version } = (await app.inject("/health")).json();
	assert.deepEqual([service, version], ["orchestrator-dynamic", "1.0.0"]);
	assert.equal(checks.redis.state, "up");
	assert.ok(checks.redis.latency_ms >= 0);
	assert.equal(checks.kafka.error, "no connection: ECONNREFUSED");
});

test("health: one that hangs is down in time, and holds no other up", async (t) => {
	const hanging: HealthCheck = {
		name: "temporal",
		required: true,
		check: async () => await new Promise(() => undefined),
	};
	const { app } = await openHttp(t, {}, [hanging, up("redis"), hanging]);
	const { checks } = (await app.inject("/health")).json();
	assert.equal(checks.temporal.state, "down");
	assert.match(checks.temporal.error, /^timeout: no answer within 2000 ms$/);
	assert.equal(checks.redis.state, "up");
});

test("metrics: are served as Prometheus reads them, requests by route", async (t) => {
	const { app } = await openHttp(t);
	await app.inject("/api/v1/plans/some-plan");
	const response = await app.inject("/metrics");
	assert.match(
		String(response.headers["content-type"]),
		/^application\/openmetrics-text/,
	);
	assert.match(response.body, /process_cpu_seconds_total/);
	assert.match(
		response.body,
		/request_duration_seconds_count\{method="GET",route="\/api\/v1\/plans\/:plan_id",status="404"\} 1/,
	);
	assert.doesNotMatch(response.body, /some-plan/);
});

test("health: a score of what is checked, what is skipped by name, and who answers", async (t) => {
	const light = { ...down("redis", false), weight: 5 };
	const heavy = { ...up("temporal"), weight: 45 };
	const skipped = [{ name: "worker_registry", reason: "not set" }];
	const service = { name: "o", version: "1", build: "b7", variant: "canary" };
	const { app } = await openHttp(t, {}, [light, heavy], { skipped, service });
	const health = (await app.inject("/health")).json();
	assert.equal(health.score, 90);
	assert.deepEqual(health.skipped, skipped);
	assert.equal(health.checks.temporal.weight, 45);
	const { build_id, variant, deployment, started_at } = health.identity;
	assert.deepEqual([build_id, variant, deployment], ["b7", "canary", null]);
	assert.ok(started_at <= Date.now());
	assert.deepEqual((await app.inject("/version")).json(), {
		...{ service: "o", version: "1" },
		...health.identity,
	});
});
