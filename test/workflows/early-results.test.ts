import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import type { WorkflowHandle } from "@temporalio/client";
import type { PlanRunInput, TicketResult } from "../../src/domain/plan-run.ts";
import { eventually } from "../support/eventually.ts";
import { loseTask } from "../support/lost-task.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import {
	openWorld,
	planOf,
	report,
	resultOf,
	type World,
} from "../support/plan-world.ts";

// A worker that dies after it published loses its workflow task, and the results are in the history
// before the task is done again. A reset makes just that history: it drops the task and keeps the signals.

test("results of a retry that was published by a workflow task that was lost count all the same", async (t) => {
	const { world, handle } = await openSingle(t);
	await report(handle, [resultOf(idOf(world, 0), "FAILED")]);
	await eventually(() => world.tickets.length === 2);
	await report(handle, [
		resultOf(idOf(world, 1), "RUNNING"),
		resultOf(idOf(world, 1), "COMPLETED"),
	]);
	assert.equal((await handle.result()).status, "SUCCESS");

	const again = await loseTaskAfter(world, handle, "timerFiredEventAttributes");
	assert.equal((await again.result()).status, "SUCCESS");
	assert.equal(world.tickets.length, 2, "who has reported needs no ticket");
	assert.equal(await unknownResults(again), 0);
});

test("results of compensation tickets that were published by a lost workflow task count all the same", async (t) => {
	const { world, handle } = await openSingle(t, { ticketMaxAttempts: 1 });
	await report(handle, [resultOf(idOf(world, 0), "FAILED")]);
	await eventually(() => world.tickets.length === 2);
	await report(handle, [resultOf(idOf(world, 1), "COMPLETED")]);
	const outcome = await handle.result();

	const again = await loseTaskAfter(
		world,
		handle,
		"workflowExecutionSignaledEventAttributes",
	);
	assert.equal((await again.result()).status, outcome.status);
	assert.equal(await unknownResults(again), 0);
});

test("a result of a ticket that never was is recorded as unknown when the plan has ended", async (t) => {
	const { world, handle } = await openSingle(t);
	const stranger = randomUUID();
	await report(handle, [resultOf(stranger, "COMPLETED")]);
	assert.equal(await unknownResults(handle), 1, "shown while the plan runs");
	await report(handle, [resultOf(idOf(world, 0), "COMPLETED")]);
	await handle.result();
	const stored = world.document("workflows", handle.workflowId);
	assert.equal(stored.results_unknown, 1);
	assert.deepEqual(
		(stored.stray_results as { ticket_id: string; kind: string }[]).map(
			({ ticket_id, kind }) => ({ ticket_id, kind }),
		),
		[{ ticket_id: stranger, kind: "unknown" }],
	);
});

test("results without a ticket go from one run to the next without their outputs, the newest thousand", async (t) => {
	const { handle } = await openSingle(t);
	const output = { log: "x".repeat(1_000) };
	const strangers = Array.from({ length: 1_200 }, (_, n) =>
		resultOf(`stranger-${n}`, "COMPLETED", { output }),
	);
	await report(handle, strangers);
	await eventually(async () => (await unknownResults(handle)) === 1_200);
	await handle.terminate("a test");
	const { carried } = await handle.query<
		{ carried: { inbox: TicketResult[] } },
		[object]
	>("rerun_state", { task_id: "a", landed: false });
	assert.deepEqual(
		carried.inbox.map(({ ticket_id }) => ticket_id),
		strangers.slice(200).map(({ ticket_id }) => ticket_id),
	);
	assert.ok(JSON.stringify(carried).length < 500_000);
});

/** A plan of one task whose ticket is out. */
async function openSingle(
	t: TestContext,
	changes: Partial<PlanRunInput["settings"]> = {},
): Promise<{ world: World; handle: WorkflowHandle }> {
	const world = await openWorld(t);
	const decision = someDecision();
	const input = runInput(decision, planOf(decision.plan_id, [{ id: "a" }]));
	const settings = { ...input.settings, ...changes };
	const handle = await world.start({ ...input, settings });
	await eventually(() => world.tickets.length === 1);
	return { world, handle };
}

function idOf(world: World, index: number): string {
	return world.tickets[index]?.ticket_id ?? assert.fail("no such ticket");
}

async function unknownResults(handle: WorkflowHandle): Promise<number> {
	const plan = await handle.query<{ results_unknown: number }>("plan");
	return plan.results_unknown;
}

/** Drops the first workflow task after the first event of a kind; what was signalled later comes again, at once. */
async function loseTaskAfter(
	{ client }: World,
	handle: WorkflowHandle,
	after:
		| "timerFiredEventAttributes"
		| "workflowExecutionSignaledEventAttributes",
): Promise<WorkflowHandle> {
	const events = (await handle.fetchHistory()).events ?? [];
	const from = events.findIndex((event) => event[after] != null);
	const task = events
		.slice(from)
		.find((event) => event.workflowTaskCompletedEventAttributes != null);
	assert.notEqual(from, -1);
	return await loseTask(client, handle, task);
}
