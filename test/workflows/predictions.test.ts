import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { readHistoryCost } from "../../bench/history-cost.ts";
import { eventually } from "../support/eventually.ts";
import { allowed } from "../support/governed-plan.ts";
import { workersAre } from "../support/known-workers.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf, report, resultOf } from "../support/plan-world.ts";
import { predictorOf } from "../support/predictions.ts";
import { schedulerOver } from "../support/scheduler.ts";

const ids = ["a", "b", "c", "d"];

test("orchestratePlan: a plan with predictions is marked with the patch when only a durable activity had policies' answer", async (t) => {
	let asked = 0;
	const decide = async () => {
		asked += 1;
		// The local activity has 3 s.
		if (asked === 1) await sleep(4_000);
		return allowed;
	};
	const world = await openWorld(t, { policy: { decide } });
	const decision = someDecision();
	const handle = await world.start({
		...runInput(decision, planOf(decision.plan_id, [{ id: "a" }])),
		predictions: { model: "m@1+2", ms: [[50, 100, 200]] },
	});
	await eventually(() => world.tickets.length === 1, 30_000);
	await world.restartWorker();
	const [{ ticket_id } = { ticket_id: "" }] = world.tickets;
	await report(handle, [resultOf(ticket_id, "COMPLETED")]);
	assert.equal((await handle.result()).status, "SUCCESS");
	const cost = await readHistoryCost(world.client, handle.workflowId);
	assert.equal(cost.markers - cost.localActivities, 1);
});

test("orchestratePlan: V2 publishes by what was predicted, tickets carry their predictions, a worker that replays goes on alike, and it costs no task more", async (t) => {
	const { allocator } = schedulerOver(workersAre([{ agent_id: "agent-1" }]), {
		predictor: predictorOf(() => 2_000),
	});
	const world = await openWorld(t, { allocator });
	const costs = [];
	for (const withPredictions of [true, false]) {
		const decision = someDecision();
		const { plan_id } = decision;
		const published = () =>
			world.tickets.filter((ticket) => ticket.plan_id === plan_id);
		const handle = await world.start({
			...runInput(
				decision,
				planOf(
					plan_id,
					ids.map((id) => ({ id })),
				),
			),
			orchestrator_version: "V2",
			...(withPredictions && {
				predictions: {
					model: "m@1+2",
					ms: [200, 900, 100, 500].map((ms) => [ms / 2, ms, 2 * ms]),
				},
			}),
		});
		await eventually(() => published().length === ids.length);
		assert.deepEqual(
			published().map(({ task_id }) => task_id),
			withPredictions ? ["b", "d", "a", "c"] : ids,
		);
		await world.restartWorker();
		const results = published().map(({ ticket_id }) =>
			resultOf(ticket_id, "COMPLETED"),
		);
		await report(handle, results);
		assert.equal((await handle.result()).status, "SUCCESS");
		const [first] = published();
		const { predictions, allocation_metadata } = world.document(
			"execution_tickets",
			first?.metadata.logical_ticket_id ?? "",
		) as Record<string, Record<string, unknown>>;
		assert.equal(predictions?.duration_ms, 2_000);
		assert.equal(predictions?.source, "model");
		assert.equal("prediction" in (allocation_metadata ?? {}), false);
		assert.equal(typeof allocation_metadata?.predicted_queue_ms, "number");
		const onWire = JSON.parse(first?.metadata.predictions ?? "null");
		assert.equal(onWire.duration_ms, 2_000);
		const plan = world.document("workflows", handle.workflowId);
		const { forecast } = (plan.sla ?? {}) as { forecast: unknown };
		assert.equal(forecast, null);
		costs.push(await readHistoryCost(world.client, handle.workflowId));
	}
	const [predicted, plain] = costs;
	assert.equal(predicted?.activities, plain?.activities);
	// The last results are written with the plan's end, and that with its frame.
	assert.equal(predicted?.localActivities, 4);
	assert.equal(plain?.localActivities, 4);
	t.diagnostic(JSON.stringify(costs));
});
