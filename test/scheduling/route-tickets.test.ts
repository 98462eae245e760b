import assert from "node:assert/strict";
import { test } from "node:test";
import { createRouteTickets } from "../../src/scheduling/route-tickets.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { wireTicketOf } from "../support/allocations.ts";
import { workersAre } from "../support/known-workers.ts";
import { metricValue } from "../support/stores.ts";
import { workerOf } from "../support/workers.ts";

test("createRouteTickets: to the worker's partitions in turns; by key when nobody was chosen or nothing is known, and counted", async () => {
	const metrics = createMetrics();
	const partitions: Record<string, number[]> = { "client-1": [3, 7] };
	const route = createRouteTickets({
		directory: workersAre([
			workerOf("w-1", { kafka_client_id: "client-1" }),
			workerOf("w-2", { kafka_client_id: "client-2" }),
			workerOf("w-3"),
		]),
		owners: { partitionsOf: (clientId) => partitions[clientId] ?? [] },
		metrics,
	});
	const routed = async (agent: string, more: Record<string, string> = {}) =>
		await route(
			wireTicketOf({
				ticket_id: "t-1",
				metadata: {
					assigned_agent_id: agent,
					allocation_method: "intelligent_scheduler",
					...more,
				},
			}),
		);
	const turns = [await routed("w-1"), await routed("w-1"), await routed("w-1")];
	assert.deepEqual(new Set(turns), new Set([3, 7]));
	assert.equal(turns[0], turns[2]);
	for (const agent of ["w-2", "w-3", "gone"])
		assert.equal(await routed(agent), undefined);
	const fallback = { allocation_method: "round_robin_fallback" };
	assert.equal(await routed("w-1", fallback), undefined);
	const v1 = { orchestrator_version: "V1" };
	assert.equal(await routed("w-1", v1), undefined);
	const counts = await Promise.all(
		["worker", "owner_unknown", "not_chosen"].map((to) =>
			metricValue(metrics, "orchestration_scheduler_routings_total", { to }),
		),
	);
	assert.deepEqual(counts, [3, 3, 1]);
});
