import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { runDoctor } from "../../src/doctor/run-doctor.ts";
import { createRedisRegistry } from "../../src/registry/redis-registry.ts";
import { serveRegistry } from "../../src/registry/serve-registry.ts";
import { examineRegistry } from "../../src/wiring/examine-registry.ts";
import { registration } from "../support/agents-at-work.ts";
import { configured } from "../support/configured.ts";
import { openRedis, silentLog } from "../support/stores.ts";

async function verdict(env: Record<string, string>) {
	const checks = [];
	for await (const check of runDoctor(examineRegistry(configured(env))))
		checks.push(check);
	return checks;
}

test("doctor: whether the worker registry answers, takes our token, and knows workers", async (t) => {
	const { redis } = openRedis(t);
	const space = `test-${randomUUID()}`;
	const registry = createRedisRegistry(redis, { leaseMs: 15_000, space });
	const server = await serveRegistry({
		registry,
		host: "127.0.0.1",
		port: 0,
		tokens: ["right"],
		maxResults: 5,
		onCall: () => {},
		log: silentLog,
	});
	t.after(() => server.stop());
	const env = {
		SERVICE_REGISTRY_HOST: "127.0.0.1",
		SERVICE_REGISTRY_PORT: String(server.port),
		SERVICE_REGISTRY_TOKEN: "right",
	};
	const [nobody] = await verdict(env);
	assert.equal(nobody?.status, "warning");
	await registry.register(registration());
	const [somebody] = await verdict(env);
	assert.equal(somebody?.status, "ok");
	assert.match(somebody?.detail ?? "", /1 workers are alive/);
	const [refused] = await verdict({ ...env, SERVICE_REGISTRY_TOKEN: "wrong" });
	assert.equal(refused?.status, "failed");
	assert.match(refused?.remedy ?? "", /SERVICE_REGISTRY_TOKEN/);
	const [away] = await verdict({ ...env, SERVICE_REGISTRY_PORT: "1" });
	assert.match(away?.remedy ?? "", /SERVICE_REGISTRY_HOST/);
	// Its state in Redis is this process's own, or it serves it itself.
	assert.deepEqual(await verdict({}), []);
	assert.deepEqual(await verdict({ ...env, ROLES: "api,registry" }), []);
});
