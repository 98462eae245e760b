import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { createWorkerDirectory } from "../../src/storage/worker-directory.ts";
import { eventually } from "../support/eventually.ts";
import { openRedis, serverAddress } from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";

const agent = (agent_id: string) => ({
	agent_id,
	capabilities: ["python", "test"],
	max_concurrent_tasks: 4,
	http_url: "http://127.0.0.1:9",
});

test("workerDirectory: lists live leases by id, not those that ran out or were given back", async (t) => {
	const { redis } = openRedis(t);
	const run = randomUUID();
	let nowMs = Date.now();
	const directory = createWorkerDirectory(redis, () => nowMs);
	const list = async () =>
		(await directory.listAgents()).filter((one) =>
			one.agent_id.startsWith(run),
		);

	await directory.announce(agent(`${run}b`), 60_000);
	await directory.announce(agent(`${run}a`), 5_000);
	assert.deepEqual(await list(), [agent(`${run}a`), agent(`${run}b`)]);

	// What was read is good for a second.
	await directory.announce(agent(`${run}c`), 60_000);
	assert.equal((await list()).length, 2);
	nowMs += 1_000;
	assert.equal((await list()).length, 3);

	nowMs += 5_000;
	await directory.withdraw(`${run}c`);
	assert.deepEqual(await list(), [agent(`${run}b`)]);
	for (const name of ["a", "b"]) await directory.withdraw(run + name);
});

test("workerDirectory: lost is who neither renewed its lease nor gave it back", async (t) => {
	const { redis } = openRedis(t);
	const [dead, alive, gone, stranger] = Array.from({ length: 4 }, () =>
		randomUUID(),
	) as [string, string, string, string];
	let nowMs = Date.now();
	const directory = createWorkerDirectory(redis, () => nowMs);
	await directory.announce(agent(dead), 5_000);
	await directory.announce(agent(gone), 5_000);
	await directory.withdraw(gone);
	nowMs += 3_600_000;
	// An hour later somebody else announces itself.
	await directory.announce(agent(alive), 5_000);
	const asked = [dead, alive, gone, stranger];
	assert.deepEqual(await directory.lostAgents(asked), [dead]);
	for (const id of [dead, alive]) await directory.withdraw(id);
});

test("workerDirectory: an announcement that is no such thing is left out", async (t) => {
	const { redis } = openRedis(t);
	const id = randomUUID();
	const directory = createWorkerDirectory(redis);
	await redis.run("spoil", async (client) => {
		await client.zadd("worker:agents", Date.now() + 60_000, id);
		await client.hset("worker:agents:info", id, "{not json");
	});
	const agents = await directory.listAgents();
	await directory.withdraw(id);
	assert.ok(agents.every(({ agent_id }) => agent_id !== id));
});

test("workerDirectory: redis away is told, and is not remembered", async (t) => {
	const proxy = await openTcpProxy(
		t,
		serverAddress("REDIS_CLUSTER_NODES").split(",")[0] ?? "",
	);
	const { redis } = openRedis(t, { node: proxy.address });
	const directory = createWorkerDirectory(redis, () => 0);
	await proxy.cut();
	await assert.rejects(directory.listAgents(), { code: "CACHE_UNAVAILABLE" });
	await assert.rejects(directory.lostAgents(["a"]), {
		code: "CACHE_UNAVAILABLE",
	});
	await proxy.restore();

	await eventually(async () => Array.isArray(await directory.listAgents()));
});
