import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { createDecisionArchive } from "../../src/storage/decision-archive.ts";
import { createDecisionCache } from "../../src/storage/decision-cache.ts";
import { openMongo, openRedis, serverAddress } from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";

const processed = {
	plan_id: "p-1",
	plan_hash: null,
	workflow_id: "orch-p-1",
	final_decision: "approve",
} as const;

test("decision cache: what was remembered is found, in its own scope only", async (t) => {
	const { redis } = openRedis(t);
	const id = randomUUID();
	const decisions = createDecisionCache(redis, "here");
	assert.equal(await decisions.find(id), undefined);
	await decisions.remember(id, processed);
	assert.deepEqual(await decisions.find(id), processed);
	const elsewhere = createDecisionCache(redis, "elsewhere");
	assert.equal(await elsewhere.find(id), undefined);
	const lifetime = await redis.run("ttl", (client) =>
		client.ttl(`decision:processed:${id}`),
	);
	assert.ok(lifetime > 86_000 && lifetime <= 86_400);
});

test("decision cache: the mark of the earlier service says too little", async (t) => {
	const { redis } = openRedis(t);
	const id = randomUUID();
	await redis.setMany([[`decision:processed:${id}`, "1"]], 10);
	const decisions = createDecisionCache(redis, "here");
	assert.equal(await decisions.find(id), undefined);
});

test("decision cache: an outage is forgetting", async (t) => {
	const [target = ""] = serverAddress("REDIS_CLUSTER_NODES").split(",");
	const proxy = await openTcpProxy(t, target);
	const { redis } = openRedis(t, { node: proxy.address });
	const decisions = createDecisionCache(redis, "here");
	const id = randomUUID();
	await decisions.remember(id, processed);
	await proxy.cut();
	assert.equal(await decisions.find(id), undefined);
	await decisions.remember(id, processed);
});

test("decision archive: plans and decisions by their _id", async (t) => {
	const { mongo } = await openMongo(t);
	const archive = createDecisionArchive(mongo, (planId) => `orch-${planId}`);
	assert.equal(await archive.readPlan("p-1"), undefined);
	assert.equal(await archive.readDecision("d-1"), undefined);
	const plan = {
		workflow_id: "orch-p-1",
		decision_id: "d-1",
		plan_hash: "h",
		published_at: 1,
		publish_attempted: true,
		status: "SUCCESS",
	};
	const decision = { ...processed, recorded_at: 1 };
	await mongo.run({ collection: "workflows", name: "test" }, (target) =>
		target.insertOne({ _id: "orch-p-1", ...plan, plan_id: "p-1" }),
	);
	await mongo.run({ collection: "decisions", name: "test" }, (target) =>
		target.insertOne({ _id: "d-1", ...decision, source: null }),
	);
	assert.deepEqual(await archive.readPlan("p-1"), plan);
	assert.deepEqual(await archive.readDecision("d-1"), decision);
});
