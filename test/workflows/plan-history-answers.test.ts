import assert from "node:assert/strict";
import { test } from "node:test";
import { drawGraph } from "../../src/domain/plan-graph.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf, report, resultOf } from "../support/plan-world.ts";

const sketch = [{ id: "a" }, { id: "b", needs: ["a"] }];

async function openPlans(t: Parameters<typeof openWorld>[0]) {
	const world = await openWorld(t);
	const { client, taskQueue } = world;
	return {
		world,
		plans: createPlanClient({ client: () => client, taskQueue }),
	};
}

test("graph: there while the plan waits for approval, before it has tickets", async (t) => {
	const { world, plans } = await openPlans(t);
	const decision = someDecision({ final_decision: "review_required" });
	const { plan_id } = decision;
	await world.start(runInput(decision, planOf(plan_id, sketch)));
	const nodes = await plans.readGraph(plan_id);
	const { edges, critical_path } = drawGraph(nodes ?? []);
	assert.deepEqual(edges, [{ from: "a", to: "b" }]);
	assert.deepEqual(critical_path?.task_ids, ["a", "b"]);
	assert.ok(nodes?.every(({ ticket_id }) => ticket_id === null));
	assert.deepEqual(await plans.readAttempts(plan_id), []);
	await plans.command(plan_id, "cancel", { actor: "test", reason: "done" });
});

test("graph: an invalid plan shows what it is, circle and all", async (t) => {
	const { world, plans } = await openPlans(t);
	const decision = someDecision();
	const plan = planOf(decision.plan_id, [
		{ id: "a", needs: ["b"] },
		{ id: "b", needs: ["a"] },
	]);
	const handle = await world.start(runInput(decision, plan));
	await assert.rejects(handle.result());
	const { nodes, edges, critical_path } = drawGraph(
		(await plans.readGraph(decision.plan_id)) ?? [],
	);
	assert.deepEqual([nodes.length, edges.length], [2, 2]);
	assert.equal(critical_path, null);
});

test("graph, attempts: tickets with their state, failed attempts included", async (t) => {
	const { world, plans } = await openPlans(t);
	const decision = someDecision();
	const { plan_id } = decision;
	const handle = await world.start(runInput(decision, planOf(plan_id, sketch)));
	await eventually(() => world.tickets.length === 2);
	const first = world.tickets[0]?.ticket_id ?? "";
	await report(handle, [resultOf(first, "FAILED")]);
	await eventually(() => world.tickets.length === 3);
	const second = world.tickets[2]?.ticket_id ?? "";
	await report(handle, [resultOf(second, "COMPLETED")]);
	const nodes = await plans.readGraph(plan_id);
	assert.deepEqual(
		nodes?.map(({ task_id, status, attempt }) => [task_id, status, attempt]),
		[
			["a", "COMPLETED", 2],
			["b", "RUNNING", 1],
		],
	);
	const attempts = await plans.readAttempts(plan_id);
	assert.deepEqual(
		attempts?.map(({ task_id, attempt, outcome }) => [
			task_id,
			attempt,
			outcome,
		]),
		[
			["a", 1, "failed"],
			["a", 2, "completed"],
			["b", 1, null],
		],
	);
	await plans.command(plan_id, "cancel", { actor: "test", reason: "done" });
});

test("graph: 5,000 tasks come in parts, at once after the start", async (t) => {
	const { world, plans } = await openPlans(t);
	const decision = someDecision({ final_decision: "review_required" });
	const { plan_id } = decision;
	const tasks = Array.from({ length: 5_000 }, (_, n) => ({
		id: `a-task-with-a-rather-long-name-${n}`,
		needs: n === 0 ? [] : [`a-task-with-a-rather-long-name-${n - 1}`],
	}));
	await world.start(runInput(decision, planOf(plan_id, tasks)));
	const nodes = await plans.readGraph(plan_id);
	assert.equal(nodes?.length, 5_000);
	const { edges, critical_path } = drawGraph(nodes ?? []);
	assert.equal(edges.length, 4_999);
	assert.equal(critical_path?.task_ids.length, 5_000);
	await plans.command(plan_id, "cancel", { actor: "test", reason: "done" });
});

test("graph, attempts: nobody's plan has none", async (t) => {
	const { plans } = await openPlans(t);
	assert.equal(await plans.readGraph("nobody"), undefined);
	assert.equal(await plans.readAttempts("nobody"), undefined);
});
