import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf, report, resultOf } from "../support/plan-world.ts";

test("orchestratePlan: V1 publishes every ticket once and ends when all have completed", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const plan = planOf(decision.plan_id, [
		{ id: "a" },
		{ id: "b", needs: ["a"] },
		{ id: "c", needs: ["a"] },
	]);
	const handle = await world.start(runInput(decision, plan));
	await eventually(() => world.tickets.length === 3);
	assert.deepEqual(
		world.tickets.map(({ status }) => status),
		["PENDING", "PENDING", "PENDING"],
	);
	const [a, b] = world.tickets;
	assert.deepEqual(b?.dependencies, [a?.ticket_id]);

	await report(
		handle,
		world.tickets.map(({ ticket_id }) => resultOf(ticket_id, "COMPLETED")),
	);
	const outcome = await handle.result();
	assert.equal(outcome.status, "SUCCESS");
	assert.equal(world.tickets.length, 3);
	assert.equal(world.frames.length, 1);
	assert.equal(world.frames[0]?.tickets_completed, 3);
	assert.equal(
		world.document("workflows", handle.workflowId).status,
		"SUCCESS",
	);
	assert.equal(
		world.document("execution_tickets", a?.ticket_id ?? "").status,
		"COMPLETED",
	);
	const { history } = await handle
		.fetchHistory()
		.then((history) => ({ history }));
	t.diagnostic(
		`history: ${history.events?.map(({ eventType }) => eventType).length} events, ${history.events?.filter(({ workflowTaskCompletedEventAttributes }) => workflowTaskCompletedEventAttributes).length} workflow tasks`,
	);
});

test("orchestratePlan: V2 publishes a ticket only when what it depends on has completed", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const plan = planOf(decision.plan_id, [
		{ id: "a" },
		{ id: "b", needs: ["a"] },
		{ id: "c", needs: ["b"] },
	]);
	const handle = await world.start({
		...runInput(decision, plan),
		orchestrator_version: "V2",
	});
	for (const count of [1, 2, 3]) {
		await eventually(() => world.tickets.length === count);
		await report(handle, [
			resultOf(world.tickets[count - 1]?.ticket_id ?? "", "COMPLETED"),
		]);
	}
	assert.equal((await handle.result()).status, "SUCCESS");
	assert.deepEqual(
		world.tickets.map(({ task_id }) => task_id),
		["a", "b", "c"],
	);
});

test("orchestratePlan: a failed attempt is followed by one with an id of its own, then the plan fails and is compensated", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const plan = planOf(decision.plan_id, [
		{ id: "a", type: "BUILD", parameters: { registry_url: "r" } },
		{ id: "b", needs: ["a"] },
		{ id: "c", needs: ["b"] },
	]);
	const handle = await world.start(runInput(decision, plan));
	await eventually(() => world.tickets.length === 3);
	const [a, b] = world.tickets;
	await report(handle, [
		resultOf(a?.ticket_id ?? "", "COMPLETED"),
		resultOf(b?.ticket_id ?? "", "FAILED"),
	]);
	await eventually(() => world.tickets.length === 4);
	const retry = world.tickets[3];
	assert.notEqual(retry?.ticket_id, b?.ticket_id);
	assert.equal(retry?.metadata.logical_ticket_id, b?.ticket_id);
	assert.equal(retry?.retry_count, 1);
	await report(handle, [resultOf(retry?.ticket_id ?? "", "FAILED")]);
	// b is undone first, then a.
	for (const [count, original] of [
		[5, b],
		[6, a],
	] as const) {
		await eventually(() => world.tickets.length === count);
		const compensation = world.tickets[count - 1];
		assert.equal(compensation?.task_type, "COMPENSATE");
		assert.equal(
			compensation?.parameters.original_ticket_id,
			original?.ticket_id,
		);
		await report(handle, [
			resultOf(compensation?.ticket_id ?? "", "COMPLETED"),
		]);
	}
	assert.equal((await handle.result()).status, "FAILED");
	assert.equal(
		world.document("execution_tickets", a?.ticket_id ?? "").status,
		"COMPENSATED",
	);
	assert.equal(
		world.document("execution_tickets", world.tickets[2]?.ticket_id ?? "")
			.outcome,
		"skipped",
	);
	assert.equal(world.incidents.length, 1);
});

test("orchestratePlan: notes about a task's long names take a bounded part of its tickets", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const plan = planOf(decision.plan_id, [{ id: "a" }]);
	const [task] = plan.tasks as Record<string, unknown>[];
	Object.assign(task ?? {}, { metadata: { ["k".repeat(9_000)]: 1 } });
	const handle = await world.start(runInput(decision, plan));
	await eventually(() => world.tickets.length === 1);
	const [ticket] = world.tickets;
	assert.equal(ticket?.metadata.mapped?.length, 2_003);
	await world.restartWorker();
	await report(handle, [resultOf(ticket?.ticket_id ?? "", "COMPLETED")]);
	assert.equal((await handle.result()).status, "SUCCESS");
});

test("orchestratePlan: a plan that a stop holds is paused before anything is published, and goes on when it is resumed", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const plan = planOf(decision.plan_id, [{ id: "a" }]);
	const hold = { actor: "ada", reason: "freeze", idempotency_key: "stop/1" };
	const handle = await world.start({ ...runInput(decision, plan), hold });
	const document = () => world.document("workflows", handle.workflowId);
	await eventually(() => document().status === "PAUSED");
	assert.equal(world.tickets.length, 0);
	const [command] = document().commands as { actor: string }[];
	assert.equal(command?.actor, "ada");
	await handle.executeUpdate("resume", {
		args: [{ actor: "bob", reason: "over" }],
	});
	await eventually(() => world.tickets.length === 1);
	await report(handle, [
		resultOf(world.tickets[0]?.ticket_id ?? "", "COMPLETED"),
	]);
	assert.equal((await handle.result()).status, "SUCCESS");
});
