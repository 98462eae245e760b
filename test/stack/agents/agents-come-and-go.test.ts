import assert from "node:assert/strict";
import { test } from "node:test";
import { createRedisRegistry } from "../../../src/registry/redis-registry.ts";
import { createRedis } from "../../../src/storage/redis.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { createLog } from "../../../src/telemetry/pino-log.ts";
import { agentCapabilities } from "../../../stack/agents/keep-registered.ts";
import { eventually } from "../../support/eventually.ts";
import { openAgentWorld, wireTicket } from "./support/agent-world.ts";

const DEADLINE_MS = 60_000;

function wireTickets(count: number, parameters: Record<string, string> = {}) {
	return Array.from({ length: count }, () => wireTicket({ parameters }));
}

test("startAgents: agents are registered while they live, say what they do, and withdraw when they stop", async (t) => {
	const world = await openAgentWorld(t);
	const log = createLog({
		level: "silent",
		service: "test",
		version: "0",
		environment: "test",
		roles: [],
	});
	const redis = createRedis(
		{ nodes: world.redisNodes },
		{ log, metrics: createMetrics() },
	);
	t.after(() => redis.close());
	const registry = createRedisRegistry(redis, { leaseMs: 1_500 });
	const idPrefix = `registered-${process.pid}-${Date.now()}`;
	const mine = async () =>
		(await registry.list()).filter(({ agent_id }) =>
			agent_id.startsWith(idPrefix),
		);

	const agents = await world.start({ agents: 2, idPrefix });
	const registered = await eventually(async () => {
		const found = await mine();
		return found.length === 2 && found;
	});
	assert.deepEqual(
		registered.map(({ agent_id, metadata, capabilities, status }) => [
			agent_id,
			metadata.kafka_client_id,
			capabilities,
			status,
		]),
		[1, 2].map((at) => [
			`${idPrefix}-${at}`,
			`${idPrefix}-${at}`,
			agentCapabilities,
			"HEALTHY",
		]),
	);
	const quick = wireTickets(2);
	const [slow] = wireTickets(1, { simulate_duration_ms: "3000" });
	await world.publish(...quick, slow as (typeof quick)[0]);
	const busy = await eventually(async () => {
		const all = await mine();
		const sum = (field: "active_tasks" | "total_executions") =>
			all.reduce((total, one) => total + (one.telemetry?.[field] ?? 0), 0);
		const isSeen = sum("active_tasks") === 1 && sum("total_executions") === 2;
		return isSeen && all.find((one) => one.telemetry?.active_tasks === 1);
	}, DEADLINE_MS);
	assert.equal(busy.telemetry?.max_concurrent_tasks, 10);
	const [executing] = JSON.parse(busy.metadata.executing ?? "[]");
	assert.equal(executing.ticket_id, slow?.ticket_id);
	await agents.stop();
	await eventually(async () => (await mine()).length === 0);
});

test("startAgents: an agent that crashes on every ticket loses none", async (t) => {
	const world = await openAgentWorld(t);
	const tickets = wireTickets(2);
	const agents = await world.start({ settings: { crashRatio: 1 } });
	await world.publish(...tickets);
	await eventually(
		() =>
			tickets.every(({ ticket_id }) => world.answersOf(ticket_id).length > 0),
		DEADLINE_MS,
	);
	assert.equal(agents.stats().crashes, 2);
	for (const { ticket_id } of tickets) {
		assert.deepEqual(
			world.answersOf(ticket_id).map(({ status }) => status),
			["COMPLETED"],
		);
	}
});

test("startAgents: after a kill others do what was unfinished, and only that", async (t) => {
	const world = await openAgentWorld(t);
	const first = await world.start();
	const done = wireTickets(3);
	const endless = wireTickets(3, { simulate_duration_ms: "60000" });
	await world.publish(...done, ...endless);
	await eventually(() => {
		const { completed, executing } = first.stats();
		return completed === 3 && executing === 3;
	}, DEADLINE_MS);
	await first.kill();

	const second = await world.start();
	await eventually(() => second.stats().executing === 3, DEADLINE_MS);
	assert.equal(second.stats().completed, 0);
	for (const { ticket_id } of done) {
		assert.equal(world.answersOf(ticket_id).length, 1);
	}
	for (const { ticket_id } of endless) {
		assert.equal(world.answersOf(ticket_id).length, 0);
	}
	await second.kill();
});

test("startAgents: a stop finishes what is executed and gives the rest back", async (t) => {
	const world = await openAgentWorld(t);
	const settings = { concurrency: 1 };
	const first = await world.start({ settings });
	const slow = wireTicket({ parameters: { simulate_duration_ms: "500" } });
	const queued = wireTicket();
	const waiting = wireTicket({ dependencies: ["unknown"] });
	await world.publish(slow, queued, waiting);
	await eventually(() => {
		const stats = first.stats();
		return stats.executing === 1 && stats.queued === 1 && stats.waiting === 1;
	}, DEADLINE_MS);
	await first.stop();
	await eventually(() => world.answersOf(slow.ticket_id).length === 1);

	const second = await world.start({ settings });
	await eventually(
		() => world.answersOf(queued.ticket_id).length === 1,
		DEADLINE_MS,
	);
	world.statuses.set("unknown", { status: "COMPLETED" });
	await eventually(
		() => world.answersOf(waiting.ticket_id).length === 1,
		DEADLINE_MS,
	);
	assert.equal(world.answersOf(slow.ticket_id).length, 1);
	// It counts what it has reported.
	await eventually(() => second.stats().completed === 2, DEADLINE_MS);
});

test("startAgents: work goes on without Redis", async (t) => {
	const world = await openAgentWorld(t);
	await world.start({ redisNodes: ["127.0.0.1:1"] });
	const ticket = wireTicket();
	await world.publish(ticket, ticket);
	await eventually(
		() => world.answersOf(ticket.ticket_id).length === 1,
		DEADLINE_MS,
	);
	const last = wireTicket();
	await world.publish(last);
	await eventually(() => world.answersOf(last.ticket_id).length === 1);
	assert.equal(world.answersOf(ticket.ticket_id).length, 1);
});
