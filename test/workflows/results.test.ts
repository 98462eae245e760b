import assert from "node:assert/strict";
import { test } from "node:test";
import { planQueries } from "../../src/domain/plan-run.ts";
import { eventually } from "../support/eventually.ts";
import {
	planSettings,
	runInput,
	someDecision,
} from "../support/plan-inputs.ts";
import { openWorld, planOf, report, resultOf } from "../support/plan-world.ts";

test("results: duplicates, late and unknown ones have no effect, are kept and counted", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const handle = await world.start(
		runInput(decision, planOf(decision.plan_id, [{ id: "a" }, { id: "b" }])),
	);
	await eventually(() => world.tickets.length === 2);
	const [a, b] = world.tickets.map(({ ticket_id }) => ticket_id) as [
		string,
		string,
	];
	await report(handle, [
		resultOf(a, "COMPLETED"),
		resultOf(a, "COMPLETED"),
		resultOf(a, "FAILED"),
		resultOf("nobody", "COMPLETED"),
	]);
	await report(handle, [resultOf(b, "COMPLETED")]);
	assert.equal((await handle.result()).status, "SUCCESS");
	const document = world.document("workflows", handle.workflowId);
	assert.deepEqual(
		[
			document.results_duplicate,
			document.results_late,
			document.results_unknown,
		],
		[1, 1, 1],
	);
});

test("time-out: an attempt without a result is followed by another, and the first one's COMPLETED still counts", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const settings = {
		...planSettings,
		ticketQueueAllowanceMs: 0,
		ticketMinTimeoutMs: 100,
		ticketTimeoutMultiplier: 0,
	};
	const handle = await world.start({
		...runInput(decision, planOf(decision.plan_id, [{ id: "a" }])),
		settings,
	});
	await eventually(() => world.tickets.length === 2);
	const [first] = world.tickets;
	await report(handle, [resultOf(first?.ticket_id ?? "", "COMPLETED")]);
	assert.equal((await handle.result()).status, "SUCCESS");
	assert.equal(
		world.document("ticket_attempts", first?.ticket_id ?? "").outcome,
		"completed",
	);
});

test("time-out: used-up attempts fail the ticket, and the incident says that it timed out", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const settings = {
		...planSettings,
		ticketQueueAllowanceMs: 0,
		ticketMinTimeoutMs: 100,
		ticketTimeoutMultiplier: 0,
		ticketMaxAttempts: 1,
	};
	const handle = await world.start({
		...runInput(decision, planOf(decision.plan_id, [{ id: "a" }])),
		settings,
	});
	await eventually(() => world.tickets.length === 2);
	await report(handle, [
		resultOf(world.tickets[1]?.ticket_id ?? "", "COMPLETED"),
	]);
	assert.equal((await handle.result()).status, "FAILED");
	assert.equal(world.incidents[0]?.incident_type, "TICKET_TIMEOUT");
	assert.match(world.incidents[0]?.details[0] ?? "", /timeout/);
});

test("invalid: every problem is told at once, and the run fails so that a corrected plan can start", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const plan = planOf(
		decision.plan_id,
		[
			{ id: "a", needs: ["c"] },
			{ id: "b", needs: ["a", "nobody"] },
			{ id: "c", needs: ["b"] },
		],
		{ risk_band: "purple" },
	);
	const handle = await world.start(runInput(decision, plan));
	await assert.rejects(
		handle.result(),
		(error: { cause?: { type?: string } }) =>
			error.cause?.type === "PLAN_INVALID",
	);
	const { problems } = world.document("workflows", handle.workflowId) as {
		problems: { path: string; message: string }[];
	};
	assert.deepEqual(
		problems.map(({ path }) => path),
		["$.risk_band", "$.tasks[1].dependencies[1]", "$.tasks[0].dependencies"],
	);
	assert.match(problems[2]?.message ?? "", /a -> c -> b -> a/);
});

test("ledger: a decision without a plan runs the one that the ledger has", async (t) => {
	const decision = someDecision();
	const world = await openWorld(t, {
		ledger: { readPlan: async (planId) => planOf(planId, [{ id: "a" }]) },
	});
	const handle = await world.start(runInput(decision, null));
	await eventually(() => world.tickets.length === 1);
	await report(handle, [
		resultOf(world.tickets[0]?.ticket_id ?? "", "COMPLETED"),
	]);
	assert.equal((await handle.result()).status, "SUCCESS");
});

test("the queries of the earlier service answer", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const handle = await world.start(
		runInput(decision, planOf(decision.plan_id, [{ id: "a" }, { id: "b" }])),
	);
	await eventually(() => world.tickets.length === 2);
	const status = await eventually(
		async () =>
			await handle.query<{ status: string; tickets_generated: number }>(
				planQueries.getStatus,
			),
	);
	assert.equal(status.tickets_generated, 2);
	const tickets = await handle.query<{ task_id: string }[], [object]>(
		planQueries.getTickets,
		{ offset: 1, limit: 1 },
	);
	assert.deepEqual(
		tickets.map(({ task_id }) => task_id),
		["b"],
	);
	for (const { ticket_id } of world.tickets)
		await handle.signal("ticket_completed", ticket_id, { status: "COMPLETED" });
	assert.equal((await handle.result()).status, "SUCCESS");
});

test("size: a chain of 700 continues as new and every ticket is published once", {
	timeout: 110_000,
}, async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const tasks = Array.from({ length: 700 }, (_, index) => ({
		id: `t${index}`,
		...(index > 0 ? { needs: [`t${index - 1}`] } : {}),
	}));
	const input = runInput(decision, planOf(decision.plan_id, tasks));
	const handle = await world.start({
		...input,
		orchestrator_version: "V2",
		settings: { ...input.settings, planMaxDurationMs: 600_000 },
	});
	const firstRunId = (await handle.describe()).runId;
	for (let count = 1; count <= tasks.length; count++) {
		await eventually(() => world.tickets.length >= count);
		await report(handle, [
			resultOf(world.tickets[count - 1]?.ticket_id ?? "", "COMPLETED"),
		]);
	}
	assert.equal((await handle.result()).status, "SUCCESS");
	assert.equal(world.tickets.length, tasks.length);
	const first = world.client.workflow.getHandle(handle.workflowId, firstRunId);
	assert.equal((await first.describe()).status.name, "CONTINUED_AS_NEW");
	const completed = [...world.documents].filter(
		([key, { status }]) =>
			key.startsWith("execution_tickets/") && status === "COMPLETED",
	);
	assert.equal(completed.length, tasks.length);
	t.diagnostic(
		`events of the first run: ${(await first.fetchHistory()).events?.length}`,
	);
});

test("signals that nobody of ours sent do no harm", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const handle = await world.start(
		runInput(decision, planOf(decision.plan_id, [{ id: "a" }])),
	);
	await eventually(() => world.tickets.length === 1);
	for (const odd of [
		null,
		7,
		[null],
		[{ ticket_id: 7 }],
		[{ ticket_id: "x", status: "DONE" }],
	])
		await handle.signal("ticket_results", odd);
	await handle.signal("ticket_completed", null, null);
	await handle.signal("decision_rejected", null);
	await report(handle, [
		resultOf(world.tickets[0]?.ticket_id ?? "", "COMPLETED"),
	]);
	assert.equal((await handle.result()).status, "SUCCESS");
});
