import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { attemptId } from "../../src/domain/ticket-ids.ts";
import { withAllocation } from "../../src/domain/wire-ticket.ts";
import type { WorkerDirectory } from "../../src/plans/worker-directory.ts";
import { createRedisPlaces } from "../../src/scheduling/redis-places.ts";
import { allocationOf, wireTicketOf } from "../support/allocations.ts";
import { eventually } from "../support/eventually.ts";
import { workersAre } from "../support/known-workers.ts";
import { type SchedulerParts, schedulerOver } from "../support/scheduler.ts";
import { metricValue, openRedis, serverAddress } from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";
import { workerOf } from "../support/workers.ts";

const build = { capabilities: ["build"] };

function redisNode(): string {
	return serverAddress("REDIS_CLUSTER_NODES").split(",")[0] ?? "";
}

function needs(count: number, ...capabilities: string[]) {
	return allocationOf(...Array.from({ length: count }, () => capabilities));
}

test("createAllocator: chooses by score and says how", async () => {
	const { allocate, metrics } = schedulerOver(
		workersAre([
			workerOf("w-1", { ...build, status: "DEGRADED" }),
			workerOf("w-2", build),
			workerOf("w-3"),
		]),
	);
	const [allocation] = await allocate(needs(1, "build"));
	const { allocated_at, priority_score, ...answer } = allocation ?? {};
	assert.ok((allocated_at ?? 0) > 0);
	// contracts.md, "Priority score": critical, best QoS, fresh.
	assert.equal(priority_score?.toFixed(4), "0.7900");
	assert.deepEqual(answer, {
		agent_id: "w-2",
		allocation_method: "intelligent_scheduler",
		workers_evaluated: 3,
		agent_score: 0.805,
		composite_score: 0.799,
		deciding_term: "health",
	});
	assert.equal(
		await metricValue(metrics, "orchestration_scheduler_allocations_total", {
			status: "success",
			fallback: "False",
		}),
		1,
	);
});

test("createAllocator: while the registry is away the ticket shows how old what is known of the workers is", async () => {
	const view = {
		workers: [workerOf("w-1", build)],
		source: "last-known" as const,
		age_ms: 1_234.5,
	};
	const request = needs(1, "build");
	const { allocate } = schedulerOver({ view: async () => view });
	const [allocation] = await allocate(request);
	assert.ok(allocation);
	assert.equal(allocation.view_age_ms, 1_235);
	const [ticket] = request.tickets;
	assert.ok(ticket);
	const { metadata } = withAllocation(ticket, allocation);
	assert.equal(metadata.allocation_view_age_ms, "1235");
});

test("createAllocator: V2 takes places and goes beyond them only when all are taken; V1 takes none", async () => {
	const workers = workersAre(
		["w-1", "w-2"].map((id) => workerOf(id, { slots: 5 })),
	);
	const { allocate, reservations } = schedulerOver(workers);
	const given = await allocate(needs(25));
	assert.equal(given.filter(({ overflow }) => overflow).length, 5);
	const { held } = reservations.holdings("p-1", "i-1");
	assert.deepEqual([...held].sort(), [
		["w-1", 10],
		["w-2", 10],
	]);
	const v1 = schedulerOver(workers);
	const request = needs(25);
	for (const { metadata } of request.tickets)
		metadata.orchestrator_version = "V1";
	const chosen = await v1.allocate(request);
	assert.equal(chosen.filter(({ overflow }) => overflow).length, 0);
	assert.equal(v1.reservations.holdings("p-1", "i-1").held.size, 0);
});

test("createAllocator: results free places, and so does the next attempt", async () => {
	const { allocate, reservations, metrics } = schedulerOver(
		workersAre([workerOf("w-1", { slots: 2 })]),
		{ settings: { queueFactor: 1 } },
	);
	const name = { planId: "p-1", generation: 0, compensation: false };
	const ticket = (taskId: string, attempt: number) =>
		wireTicketOf({
			task_id: taskId,
			ticket_id: attemptId({ ...name, taskId, attempt }),
			metadata: { attempt: String(attempt) },
		});
	const tickets = [ticket("a", 1), ticket("b", 1)];
	await allocate({ plan_id: "p-1", tickets });
	const again = [ticket("a", 2)];
	const [next] = await allocate({ plan_id: "p-1", tickets: again });
	assert.equal(next?.overflow, undefined);
	const [late] = await allocate(needs(1));
	assert.equal(late?.overflow, true);
	reservations.ended(
		[...again, ...tickets].map(({ ticket_id }) => ({
			ticket_id,
			agent_id: "w-1",
		})),
	);
	const executed = () =>
		metricValue(metrics, "orchestration_scheduler_executions_total", {
			by: "chosen",
		});
	await eventually(async () => (await executed()) === 2);
	assert.equal(reservations.holdings("p-1", "i-1").held.size, 0);
});

const fallbacks: {
	name: string;
	directory: WorkerDirectory;
	settings?: SchedulerParts["settings"];
	method: string;
	agent: string | null;
}[] = [
	{
		name: "nobody has the capability",
		directory: workersAre([workerOf("w-1")]),
		method: "round_robin_fallback",
		agent: "w-1",
	},
	{
		name: "nobody's security level is high enough",
		directory: workersAre([
			workerOf("w-1", { ...build, security_level: "PUBLIC" }),
		]),
		method: "round_robin_fallback",
		agent: null,
	},
	{
		name: "the view is too old",
		directory: {
			view: async () => ({
				workers: [workerOf("w-1", build)],
				source: "last-known",
				age_ms: 30_001,
			}),
		},
		method: "round_robin_fallback",
		agent: "w-1",
	},
	{
		name: "the scheduler is switched off",
		directory: workersAre([workerOf("w-1", build)]),
		settings: { enabled: false },
		method: "round_robin",
		agent: "w-1",
	},
	{
		name: "nobody is known",
		directory: workersAre([]),
		method: "no_agent_known",
		agent: null,
	},
	{
		name: "nobody can be asked",
		directory: workersAre([], "none"),
		method: "directory_unavailable",
		agent: null,
	},
];
for (const { name, directory, settings = {}, method, agent } of fallbacks)
	test(`createAllocator: ${name}: the answer and the metric say so`, async () => {
		const { allocate, metrics } = schedulerOver(directory, { settings });
		const [allocation] = await allocate(needs(1, "build"));
		assert.equal(allocation?.allocation_method, method);
		assert.equal(allocation?.agent_id, agent);
		assert.equal(
			await metricValue(metrics, "orchestration_scheduler_allocations_total", {
				status: "success",
				fallback: "True",
			}),
			1,
		);
	});

test("createAllocator: two processes at once give no worker more than its places", async (t) => {
	const { redis } = openRedis(t);
	const keyPrefix = `{test-${randomUUID()}}`;
	const workers = workersAre(
		Array.from({ length: 5 }, (_, at) => workerOf(`w-${at}`)),
	);
	const open = () =>
		schedulerOver(workers, {
			shared: createRedisPlaces(redis, { keyPrefix }),
		});
	const chunk = (name: string) => ({
		plan_id: name,
		tickets: Array.from({ length: 20 }, (_, at) =>
			wireTicketOf({ ticket_id: `${name}-${at}`, plan_id: name }),
		),
	});
	const given = await Promise.all(
		["p-1", "p-2", "p-3"].map((name) => open().allocate(chunk(name))),
	);
	const within = given.flat().filter(({ overflow }) => !overflow);
	assert.equal(within.length, 40);
	const places = createRedisPlaces(redis, { keyPrefix });
	await places.refresh();
	const { held } = places.holdings("", "");
	assert.deepEqual([...held.values()], [8, 8, 8, 8, 8]);
});

test("createAllocator: Redis away for a chunk: places are local and say so, and none leaks once it is back", async (t) => {
	const proxy = await openTcpProxy(t, redisNode());
	const { redis } = openRedis(t, { node: proxy.address });
	const keyPrefix = `{test-${randomUUID()}}`;
	const kept: string[] = [];
	const { allocate, reservations } = schedulerOver(
		workersAre([workerOf("w-1", { slots: 5 })]),
		{
			shared: createRedisPlaces(redis, { keyPrefix }),
			explanations: {
				keep(_, __, { turns }) {
					for (const { placed } of turns) kept.push(`${placed?.reservedIn}`);
				},
			},
		},
	);
	const chunkOf = (name: string) => ({
		plan_id: "p-1",
		tickets: Array.from({ length: 4 }, (_, at) =>
			wireTicketOf({ ticket_id: `${name}-${at}` }),
		),
	});
	const chunks = ["before", "during", "after"].map(chunkOf);
	const [before, during, after] = chunks as [
		(typeof chunks)[0],
		(typeof chunks)[0],
		(typeof chunks)[0],
	];
	await allocate(before);
	await proxy.cut();
	await allocate(during);
	const [early] = before.tickets;
	reservations.ended([{ ticket_id: early?.ticket_id ?? "", agent_id: null }]);
	await proxy.restore();
	await eventually(async () => {
		await redis.ping();
		return true;
	});
	await allocate(after);
	assert.deepEqual([kept[0], kept[4], kept[8]], ["shared", "local", "shared"]);
	reservations.ended(
		chunks.flatMap(({ tickets }) =>
			tickets
				.filter((one) => one !== early)
				.map(({ ticket_id }) => ({ ticket_id, agent_id: null })),
		),
	);
	await eventually(async () => {
		const keys = await redis.run("list_keys", (client) =>
			client.keys(`${keyPrefix}:*`),
		);
		return keys.length === 0;
	});
});

test("createAllocator: a plan that policy does not give the scheduler has workers in turn", async () => {
	const { allocate } = schedulerOver(
		workersAre(["w-1", "w-2"].map((id) => workerOf(id, build))),
	);
	const request = { ...needs(2, "build"), in_turn: true as const };
	const given = await allocate(request);
	assert.deepEqual(
		given.map(({ agent_id, allocation_method }) => [
			agent_id,
			allocation_method,
		]),
		[
			["w-1", "round_robin"],
			["w-2", "round_robin"],
		],
	);
});
