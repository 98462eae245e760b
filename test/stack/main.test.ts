import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { isAlive } from "../../stack/process-identity.ts";
import { redis } from "../../stack/servers/redis.ts";
import {
	isHeld,
	launchRedis,
	makeDirectory,
	redisProcess,
	runCommand,
} from "./support/launcher.ts";

test("stack: SIGTERM stops the servers, then the launcher", async (t) => {
	const directory = makeDirectory();
	const launcher = await launchRedis(t, directory);
	const server = redisProcess(directory);
	launcher.kill("SIGTERM");
	const [code] = await once(launcher, "exit");
	assert.equal(code, 0);
	assert.equal(isAlive(server), false);
	assert.equal(isHeld(directory), false);
});

test("stack: the start after a kill -9 ends what the launcher left", async (t) => {
	const directory = makeDirectory();
	const first = await launchRedis(t, directory);
	const orphan = redisProcess(directory);
	first.kill("SIGKILL");
	await once(first, "exit");
	assert.equal(isAlive(orphan), true, "the server outlives its launcher");
	await launchRedis(t, directory);
	assert.equal(isAlive(orphan), false);
	assert.equal(isAlive(redisProcess(directory)), true);
});

test("stack env: prints the addresses of the running stack, as JSON too", async (t) => {
	const directory = makeDirectory();
	await launchRedis(t, directory);
	const json = await runCommand(directory, "env", "--json");
	const address: string = JSON.parse(json.output).REDIS_CLUSTER_NODES;
	await redis.ready(address);
	const shell = await runCommand(directory, "env");
	assert.equal(shell.output, `export REDIS_CLUSTER_NODES='${address}'\n`);
});

test("stack env: fails with a sentence when no stack runs", async () => {
	const { output, code } = await runCommand(makeDirectory(), "env");
	assert.equal(code, 1);
	assert.match(output, /^no stack is running/);
});

test("stack down: stops a launcher, and servers without one", async (t) => {
	const directory = makeDirectory();
	const first = await launchRedis(t, directory);
	await runCommand(directory, "down");
	assert.equal(first.exitCode, 0);
	const second = await launchRedis(t, directory);
	const orphan = redisProcess(directory);
	second.kill("SIGKILL");
	await once(second, "exit");
	await runCommand(directory, "down");
	assert.equal(isAlive(orphan), false);
});

test("stack: an unknown server or command is refused with what there is", async () => {
	const directory = makeDirectory();
	const server = await runCommand(directory, "up", "--only", "oracle");
	assert.match(server.output, /no server oracle; there are redis, mongodb/);
	const command = await runCommand(directory, "dance");
	assert.match(command.output, /unknown command dance/);
	assert.equal(command.code, 1);
});
