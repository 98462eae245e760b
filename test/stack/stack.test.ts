import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { Redis } from "ioredis";
import { redis } from "../../stack/servers/redis.ts";
import { startStack } from "../../stack/stack.ts";
import { readRecord } from "../../stack/stack-record.ts";
import { isHeld, makeDirectory, withoutAddresses } from "./support/launcher.ts";

const onlyRedis = { only: ["redis"], env: withoutAddresses() } as const;

test("startStack: a server answers at the address in the environment variable", async (t) => {
	const directory = makeDirectory();
	const stack = await startStack({ ...onlyRedis, directory });
	t.after(stack.stop);
	assert.deepEqual(Object.keys(stack.env), ["REDIS_CLUSTER_NODES"]);
	await redis.ready(stack.env.REDIS_CLUSTER_NODES ?? "");
});

test("startStack: an address in the environment is used, nothing is started", async (t) => {
	const first = await startStack({ ...onlyRedis, directory: makeDirectory() });
	t.after(first.stop);
	const directory = makeDirectory();
	const second = await startStack({
		only: ["redis"],
		directory,
		env: first.env,
	});
	t.after(second.stop);
	assert.deepEqual(second.env, first.env);
	assert.deepEqual(readRecord(directory).processes, {});
	assert.match(second.servers[0]?.kind ?? "", /given in REDIS_CLUSTER_NODES/);
	await assert.rejects(second.stopServer("redis"), /not ours to stop/);
	await second.stop();
	await redis.ready(first.env.REDIS_CLUSTER_NODES ?? "");
});

test("startStack: a server that was killed comes back where it was, with its data", async (t) => {
	const directory = makeDirectory();
	const stack = await startStack({ ...onlyRedis, directory });
	t.after(stack.stop);
	const [host, port] = (stack.env.REDIS_CLUSTER_NODES ?? "").split(":");
	const client = new Redis({ host: host ?? "", port: Number(port) });
	client.on("error", () => {});
	t.after(() => client.disconnect());
	await client.set("kept", "yes");
	await stack.stopServer("redis");
	await assert.rejects(redis.ready(stack.env.REDIS_CLUSTER_NODES ?? ""));
	await stack.startServer("redis");
	assert.equal(await client.get("kept"), "yes");
});

test("startStack: a second stack in the same directory is refused", async (t) => {
	const directory = makeDirectory();
	const stack = await startStack({ ...onlyRedis, directory });
	t.after(stack.stop);
	const second = startStack({ ...onlyRedis, directory });
	await assert.rejects(second, /a stack runs already/);
	await redis.ready(stack.env.REDIS_CLUSTER_NODES ?? "");
});

test("startStack: a wanted port that is taken is replaced", async (t) => {
	const directory = makeDirectory();
	const first = await startStack({ ...onlyRedis, directory });
	const address = first.env.REDIS_CLUSTER_NODES ?? "";
	await first.stop();
	const stranger = createServer();
	stranger.listen(Number(address.split(":")[1]), "127.0.0.1");
	t.after(() => stranger.close());
	await once(stranger, "listening");
	const second = await startStack({ ...onlyRedis, directory });
	t.after(second.stop);
	assert.notEqual(second.env.REDIS_CLUSTER_NODES, address);
});

test("startStack: one that is aborted leaves nothing running", async () => {
	const directory = makeDirectory();
	const asked = new AbortController();
	const starting = startStack({
		...onlyRedis,
		directory,
		signal: asked.signal,
		report: (line) => line.includes("starting") && asked.abort(),
	});
	await assert.rejects(starting, { name: "AbortError" });
	assert.deepEqual(readRecord(directory).processes, {});
	assert.equal(isHeld(directory), false);
});
