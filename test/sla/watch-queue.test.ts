import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { createWatchQueue } from "../../src/sla/watch-queue.ts";
import { eventually } from "../support/eventually.ts";
import { openRedis, serverAddress } from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";

const NOW = 1_000_000;

test("watchQueue: what is due is claimed once, soonest first, and comes back when nobody settles it", async (t) => {
	const { redis } = openRedis(t);
	const scope = randomUUID();
	const one = createWatchQueue(redis, scope);
	const other = createWatchQueue(redis, scope);
	await one.schedule([
		{ planId: "late", atMs: NOW + 1 },
		{ planId: "b", atMs: NOW },
		{ planId: "a", atMs: NOW - 5 },
	]);
	const { claimed } = await one.claim(NOW);
	assert.deepEqual(
		claimed.map(({ planId, dueMs }) => [planId, dueMs]),
		[
			["a", NOW - 5],
			["b", NOW],
		],
	);
	assert.deepEqual((await other.claim(NOW)).claimed, []);
	// The first process has died.
	const again = (await other.claim(NOW + 60_000)).claimed;
	const names = again.map(({ planId }) => planId);
	assert.deepEqual(names.sort(), ["a", "b", "late"]);
	await other.settle(again.map((claim) => ({ ...claim, nextMs: null })));
	assert.deepEqual((await one.claim(NOW + 999_999)).claimed, []);
});

test("watchQueue: several processes share the work, and nobody's plan is taken twice", async (t) => {
	const scope = randomUUID();
	const queues = [1, 2, 3].map(() =>
		createWatchQueue(openRedis(t).redis, scope),
	);
	const plans = Array.from({ length: 1_000 }, (_, at) => `p-${at}`);
	await queues[0]?.schedule(plans.map((planId) => ({ planId, atMs: NOW })));
	const taken: string[] = [];
	await Promise.all(
		queues.map(async (queue) => {
			for (;;) {
				const { claimed } = await queue.claim(NOW);
				if (claimed.length === 0) return;
				taken.push(...claimed.map(({ planId }) => planId));
			}
		}),
	);
	assert.deepEqual(taken.sort(), plans.sort());
});

test("watchQueue: a nearer look stays, whether it came before or while the plan was looked at", async (t) => {
	const { redis } = openRedis(t);
	const queue = createWatchQueue(redis, randomUUID());
	const dueAt = async (nowMs: number) => (await queue.claim(nowMs)).claimed;
	await queue.schedule([{ planId: "p", atMs: NOW + 10 }]);
	await queue.schedule([{ planId: "p", atMs: NOW + 500 }]);
	const claims = await dueAt(NOW + 10);
	assert.equal(claims.length, 1);
	await queue.schedule([{ planId: "p", atMs: NOW + 20 }]);
	await queue.settle(claims.map((one) => ({ ...one, nextMs: NOW + 999_999 })));
	const [second] = await dueAt(NOW + 20);
	assert.equal(second?.dueMs, NOW + 20);
	// Nor does the end of a look remove what was asked for meanwhile.
	await queue.schedule([{ planId: "p", atMs: NOW + 30 }]);
	await queue.settle(second === undefined ? [] : [{ ...second, nextMs: null }]);
	assert.equal((await dueAt(NOW + 30)).length, 1);
});

test("watchQueue: knows that it is new, and that something could not be put into it", async (t) => {
	const address = serverAddress("REDIS_CLUSTER_NODES").split(",")[0] ?? "";
	const proxy = await openTcpProxy(t, address);
	const { redis } = openRedis(t, { node: proxy.address });
	const queue = createWatchQueue(redis, randomUUID());
	assert.equal((await queue.claim(NOW)).isComplete, false);
	await queue.fill([]);
	assert.equal((await queue.claim(NOW)).isComplete, true);
	await proxy.cut();
	await queue.schedule([{ planId: "p", atMs: NOW }]);
	await assert.rejects(queue.claim(NOW), { code: "CACHE_UNAVAILABLE" });
	await proxy.restore();
	const back = await eventually(() => queue.claim(NOW));
	assert.equal(back.isComplete, false);
	// A queue that could not be filled has still lost what it had lost.
	await proxy.cut();
	await assert.rejects(queue.fill([{ planId: "p", atMs: NOW }]), {
		code: "CACHE_UNAVAILABLE",
	});
	await proxy.restore();
	const again = await eventually(() => queue.claim(NOW));
	assert.equal(again.isComplete, false);
	await queue.fill([{ planId: "p", atMs: NOW }]);
	const whole = await queue.claim(NOW);
	assert.equal(whole.isComplete, true);
	assert.equal(whole.claimed[0]?.planId, "p");
});
