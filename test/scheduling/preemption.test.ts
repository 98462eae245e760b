import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { createCancelTask } from "../../src/scheduling/cancel-task.ts";
import { createPreemption } from "../../src/scheduling/preemption.ts";
import { createRedisPlaces } from "../../src/scheduling/redis-places.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { wireTicketOf } from "../support/allocations.ts";
import { eventually } from "../support/eventually.ts";
import { metricValue, openRedis, silentLog } from "../support/stores.ts";

const usual = { graceMs: 30_000, maxConcurrent: 5, cooldownMs: 60_000 };

/** Agents `a`, `b`, ... that execute these tickets, and one server that takes their cancel calls. */
async function openWorld(
	t: TestContext,
	executing: Record<string, string[]>,
	{
		status = 200,
		answer = '{"success":true}',
		settings = usual,
		endpoint = "",
	} = {},
) {
	const calls: { path: string | undefined; body: unknown }[] = [];
	const server = createServer(async (request, response) => {
		calls.push({ path: request.url, body: await json(request) });
		// 0: it never answers.
		if (status !== 0) response.writeHead(status).end(answer);
	}).listen(0, "127.0.0.1");
	await new Promise((resolve) => server.once("listening", resolve));
	t.after(() => server.close().closeAllConnections());
	const { port } = server.address() as AddressInfo;
	const { redis } = openRedis(t);
	const places = createRedisPlaces(redis, { keyPrefix: `{t-${randomUUID()}}` });
	const metrics = createMetrics();
	const freed: string[] = [];
	const preempt = createPreemption({
		store: places,
		registry: {
			get: async (agent_id) =>
				({
					agent_id,
					metadata: {
						endpoint: endpoint || `http://127.0.0.1:${port}`,
						executing: JSON.stringify(
							executing[agent_id]?.map((ticket_id, at) => ({
								...{ ticket_id, since_ms: at },
							})),
						),
					},
				}) as never,
		},
		cancelTask: createCancelTask(status === 0 ? 200 : 10_000),
		reservations: { giveBack: (ids) => void freed.push(...ids) },
		settings,
		metrics,
		log: silentLog,
	});
	for (const [agent_id, ids] of Object.entries(executing))
		await places.reserve({
			...{ plan_id: "p-1", intent_id: "i-1" },
			tickets: ids.map((ticket_id) => ({
				...{ ticket_id, former_ticket_id: null, isCritical: false },
				isPreemptable: ticket_id.startsWith("low"),
				lapseMs: 60_000,
				agents: [{ agent_id, places: 10, ms: 1 }],
				traceKey: "EXECUTE",
			})),
		});
	return {
		calls,
		freed,
		ask(ticket_id: string, ...agents: string[]) {
			const ticket = wireTicketOf({ ticket_id, priority: "CRITICAL" });
			preempt([{ ticket, agents }]);
		},
		preempted: () =>
			metricValue(metrics, "orchestration_tasks_preempted_total"),
		/** Resolves when so many attempts of this kind are counted. */
		async counted(reason: string, count = 1) {
			const name = "orchestration_preemption_attempts_total";
			await eventually(
				async () => (await metricValue(metrics, name, { reason })) === count,
			);
		},
	};
}

test("createPreemption: the running ticket that began last makes room, by the workers' cancel call", async (t) => {
	const world = await openWorld(t, { a: ["low-1", "low-2", "normal"], b: [] });
	world.ask("urgent", "b", "a");
	await world.counted("preempted");
	assert.equal(await world.preempted(), 1);
	assert.deepEqual(world.calls, [
		{
			path: "/api/v1/tasks/low-2/cancel",
			body: {
				reason: "preemption",
				preempted_by: "urgent",
				grace_period_seconds: 30,
			},
		},
	]);
	await eventually(() => world.freed.length === 1);
	assert.deepEqual(world.freed, ["low-2"]);
	// One is under way for it, and its agent rests.
	world.ask("urgent", "a");
	world.ask("another", "a");
	await world.counted("no_candidates");
	assert.equal(world.calls.length, 1);
});

test("createPreemption: no more at a time than the limit; a pause of the agents that is over", async (t) => {
	const settings = { ...usual, maxConcurrent: 1, cooldownMs: 1 };
	const world = await openWorld(t, { a: ["low-1", "low-2"] }, { settings });
	world.ask("urgent-1", "a");
	await world.counted("preempted");
	world.ask("urgent-2", "a");
	await world.counted("max_concurrent");
	assert.equal(world.calls.length, 1);
});

for (const [status, answer, reason] of [
	[400, "{}", "worker_rejected"],
	[200, '{"success":false}', "worker_rejected"],
	[200, "gone", "worker_rejected"],
	[200, `{"success":true,"message":"${"x".repeat(1e6)}"}`, "worker_rejected"],
	[0, "", "timeout"],
] as const)
	test(`createPreemption: a worker that answers ${status || "never"} ${answer.slice(0, 20)}: ${reason}, the place stays, and the ticket may ask another`, async (t) => {
		const world = await openWorld(
			t,
			{ a: ["low-1"], b: ["low-2"] },
			{ status, answer },
		);
		world.ask("urgent", "a");
		await world.counted(reason);
		await eventually(async () => {
			world.ask("urgent", "b");
			return world.calls.length === 2;
		});
		// Long before the pause that follows a preemption, the worker may have another answer.
		await eventually(async () => {
			world.ask("urgent", "a");
			return world.calls.length === 3;
		});
		assert.deepEqual(world.freed, []);
	});

test("createPreemption: without a worker's address, without a LOW ticket, for a ticket of NORMAL priority: nothing", async (t) => {
	for (const endpoint of ["ftp://127.0.0.1", "nowhere"]) {
		const nowhere = await openWorld(t, { a: ["low-1"] }, { endpoint });
		nowhere.ask("urgent", "a");
		await nowhere.counted("no_candidates");
	}
	const others = await openWorld(t, { a: ["normal"] });
	others.ask("urgent", "a");
	await others.counted("no_candidates");
	assert.deepEqual(others.calls, []);
});
