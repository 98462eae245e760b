import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { createAgentLeases } from "../../src/registry/agent-leases.ts";
import { createPauses } from "../../src/registry/pauses.ts";
import { createRedisRegistry } from "../../src/registry/redis-registry.ts";
import { registration } from "../support/agents-at-work.ts";
import { openRedis } from "../support/stores.ts";

const ana = { actor: "ana", reason: "disk" };
const bob = { actor: "bob", reason: "mended" };

test("pauses: kept for all processes until resumed; a second pause changes nothing", async (t) => {
	const { redis } = openRedis(t);
	const clock = { nowMs: 1_000 };
	const options = { space: `test-${randomUUID()}`, nowMs: () => clock.nowMs };
	const pauses = createPauses(redis, options);
	const subject = { kind: "worker", name: "agent-1" } as const;
	await assert.rejects(pauses.resume(subject, bob, 60_000), {
		code: "COMMAND_REFUSED",
		message: "worker agent-1 is not paused",
	});
	const paused = await pauses.pause(subject, ana);
	assert.deepEqual(paused, { since_ms: 1_000, ...ana, resumed: null });
	clock.nowMs += 1_000;
	assert.deepEqual(await pauses.pause(subject, bob), paused);
	await pauses.pause({ kind: "task_type", name: "BUILD" }, ana);
	const seen = await createPauses(redis, options).read();
	assert.deepEqual([...seen.keys()].sort(), [
		"task_type:BUILD",
		"worker:agent-1",
	]);
	await pauses.resume(subject, bob, 60_000);
	clock.nowMs += 30_000;
	await pauses.resume(subject, ana, 60_000);
	const { resumed } = (await pauses.read()).get("worker:agent-1") ?? {};
	assert.deepEqual(resumed, { at_ms: 2_000, ...bob, over_ms: 60_000 });
	// A pause while it resumes begins anew.
	assert.equal((await pauses.pause(subject, bob)).since_ms, 32_000);
	await pauses.resume(subject, ana, 1_000);
	clock.nowMs += 1_000;
	assert.equal((await pauses.read()).has("worker:agent-1"), false);
});

test("pauses: what somebody else writes between a look and a change is neither deleted nor overwritten", async (t) => {
	const { redis } = openRedis(t);
	const clock = { nowMs: 1_000 };
	const options = { space: `test-${randomUUID()}`, nowMs: () => clock.nowMs };
	const other = createPauses(redis, options);
	const ended = { kind: "task_type", name: "BUILD" } as const;
	await other.pause(ended, ana);
	await other.resume(ended, ana, 1_000);
	clock.nowMs += 1_000;
	const subject = { kind: "worker", name: "agent-1" } as const;
	const meanwhile = [
		() => other.pause(ended, bob),
		() => other.pause(subject, bob),
	];
	const slow = createPauses(
		{
			...redis,
			async run(name, work) {
				const answer = await redis.run(name, work);
				if (name === "read_pauses")
					for (const write of meanwhile.splice(0)) await write();
				return answer;
			},
		},
		options,
	);
	assert.equal((await slow.pause(subject, ana)).actor, "bob");
	await slow.pause({ kind: "worker", name: "agent-2" }, ana);
	const seen = await other.read();
	assert.deepEqual(
		[...seen].map(([name, { actor }]) => `${name} ${actor}`).sort(),
		["task_type:BUILD bob", "worker:agent-1 bob", "worker:agent-2 ana"],
	);
});

test("pauses: what is no pause is left out", async (t) => {
	const { redis } = openRedis(t);
	const space = `test-${randomUUID()}`;
	await redis.run("spoil", async (client) =>
		client.hset(`{${space}}:pauses`, {
			"worker:a": "{",
			"worker:b": '{"a":1}',
		}),
	);
	assert.equal((await createPauses(redis, { space }).read()).size, 0);
});

test("agentLeases: lost is who neither renewed its lease nor gave it back", async (t) => {
	const { redis } = openRedis(t);
	const clock = { nowMs: 0 };
	const registry = createRedisRegistry(redis, {
		leaseMs: 5_000,
		space: `test-${randomUUID()}`,
		nowMs: () => clock.nowMs,
	});
	for (const agent_id of ["dead", "gone"])
		await registry.register(registration({ agent_id }));
	await registry.deregister("gone");
	clock.nowMs += 3_600_000;
	await registry.register(registration({ agent_id: "alive" }));
	const asked = ["dead", "alive", "gone", "stranger", "no id\n"];
	const leases = createAgentLeases(registry);
	assert.deepEqual(await leases.lostAgents(asked), ["dead"]);
});
