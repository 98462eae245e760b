import assert from "node:assert/strict";
import { test } from "node:test";
import { createExplanations } from "../../src/scheduling/explanations.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { allocationOf } from "../support/allocations.ts";
import { eventually } from "../support/eventually.ts";
import { openHttp } from "../support/http.ts";
import { workersAre } from "../support/known-workers.ts";
import { schedulerOver } from "../support/scheduler.ts";
import { metricValue, openMongo, openMongoVia } from "../support/stores.ts";
import { pausedTo, workerOf } from "../support/workers.ts";

const workers = workersAre([
	workerOf("w-1", { capabilities: ["build"] }),
	workerOf("w-2", { capabilities: ["build"], status: "DEGRADED" }),
	workerOf("w-3", { capabilities: ["build"], paused: pausedTo(0) }),
	workerOf("w-4"),
]);

test("getTicketAllocation: why a ticket went to its worker, by the id of an attempt", async (t) => {
	const { mongo } = await openMongo(t);
	const explanations = createExplanations(mongo, createMetrics());
	const { app } = await openHttp(t, { allocations: explanations });
	const { allocator } = schedulerOver(workers, { explanations });
	const request = allocationOf(["build"], ["nobody has this"]);
	const plan_id = `p-${Date.now()}`;
	for (const ticket of request.tickets) {
		ticket.plan_id = plan_id;
		ticket.ticket_id = `${plan_id}/${ticket.ticket_id}`;
	}
	await allocator.allocate({ ...request, plan_id });
	const get = async (id: string) =>
		await app.inject({
			url: `/api/v1/tickets/${encodeURIComponent(id)}/allocation`,
		});
	await eventually(
		async () => (await get(`${plan_id}/t-0`)).statusCode === 200,
	);
	const { allocated_at, best, ...why } = (await get(`${plan_id}/t-0`)).json();
	assert.ok(allocated_at > 0);
	assert.deepEqual(
		best.map(({ agent_id }: { agent_id: string }) => agent_id),
		["w-1", "w-2"],
	);
	assert.equal(why.agent_id, "w-1");
	assert.equal(why.deciding_term, "health");
	assert.equal(why.candidates, 2);
	assert.deepEqual(why.losses, { score: 1, paused: 1, capability: 1 });
	assert.deepEqual(why.lost, [
		{ agent_id: "w-2", reason: "score" },
		{ agent_id: "w-3", reason: "paused" },
		{ agent_id: "w-4", reason: "capability" },
	]);
	assert.equal(why.reserved_in, "shared");
	assert.deepEqual(why.view, { source: "registry", age_ms: 0 });

	const nobody = (await get(`${plan_id}/t-1`)).json();
	assert.equal(nobody.allocation_method, "round_robin_fallback");
	assert.equal(nobody.candidates, 0);
	assert.deepEqual(nobody.losses, { capability: 4 });
	const unknown = await get("another");
	assert.equal(unknown.statusCode, 404);
	assert.match(unknown.json().detail, /allocation of ticket another not found/);
});

test("createExplanations: MongoDB away: nobody waits, and what is lost is counted", async (t) => {
	const { mongo } = openMongoVia(t, "mongodb://127.0.0.1:1");
	const metrics = createMetrics();
	const explanations = createExplanations(mongo, metrics);
	const { allocator } = schedulerOver(workers, { explanations });
	await allocator.allocate(allocationOf(["build"], ["build"]));
	await eventually(
		async () =>
			(await metricValue(
				metrics,
				"orchestration_scheduler_explanations_lost_total",
			)) === 2,
	);
});
