import assert from "node:assert/strict";
import { test } from "node:test";
import type { WorkflowHandle } from "@temporalio/client";
import type { PlanDocument } from "../../src/domain/documents.ts";
import {
	type PlanCommand,
	planQueries,
	planSignals,
	planUpdates,
} from "../../src/domain/plan-run.ts";
import type {
	RerunState,
	RerunStateRequest,
} from "../../workflows/rerun-task.ts";
import { eventually } from "../support/eventually.ts";
import { verify } from "../support/kept-trail.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf, report, resultOf } from "../support/plan-world.ts";
import { play, statusOf, untilEnded } from "../support/played-plan.ts";

async function documentOf(handle: WorkflowHandle): Promise<PlanDocument> {
	return await handle.query<PlanDocument>(planQueries.plan);
}

async function ask(
	handle: WorkflowHandle,
	name: keyof typeof planUpdates,
): Promise<void> {
	const command = { actor: "ada", reason: "a test asks" };
	await handle.executeUpdate(planUpdates[name], { args: [command] });
}

/** A plan of which what was done is being undone, with the undoing still out. */
async function playUndoing(t: Parameters<typeof play>[0]) {
	const plan = await play(t, "V2", { ticketMaxAttempts: 1 });
	await plan.answer("a");
	await plan.answer("b", "FAILED");
	await plan.answer("c");
	const undo = () =>
		plan.world.tickets.find(({ task_type }) => task_type === "COMPENSATE");
	await eventually(() => undo() !== undefined);
	const end = async () => {
		const done = resultOf(undo()?.ticket_id ?? "", "COMPLETED");
		await report(plan.handle, [done]);
		assert.equal(await untilEnded(plan), "PARTIAL");
	};
	return { plan, end };
}

for (const [name, cancel] of [
	["Temporal's own cancel", (handle: WorkflowHandle) => handle.cancel()],
	[
		"the signal cancel_workflow",
		(handle: WorkflowHandle) => handle.signal(planSignals.cancelWorkflow),
	],
] as const) {
	test(`${name}: a paused compensation stays paused, and no record says otherwise`, async (t) => {
		const { plan, end } = await playUndoing(t);
		await ask(plan.handle, "pause");
		await cancel(plan.handle);
		// A command that is answered comes after it.
		await ask(plan.handle, "priority").catch(() => undefined);
		assert.equal(await statusOf(plan), "PAUSED");
		await ask(plan.handle, "resume");
		await end();
		const { commands } = await documentOf(plan.handle);
		assert.deepEqual(
			commands.map(({ command }) => command),
			["pause", "resume"],
		);
		const actions = verify(plan.world, plan.planId);
		assert.ok(!actions.includes("cancel"), actions.join());
	});
}

test("the signal cancel_workflow: is the cancel command, and says who sent it when it knows", async (t) => {
	const world = await openWorld(t);
	for (const [args, actor, reason] of [
		[[], "signal cancel_workflow", "cancelled by a signal"],
		[[null], "signal cancel_workflow", "cancelled by a signal"],
		[[{ actor: "eve", reason: "enough" }], "eve", "enough"],
	] as const) {
		const decision = someDecision();
		const plan = planOf(decision.plan_id, [{ id: "a" }]);
		const handle = await world.start(runInput(decision, plan));
		await eventually(() =>
			world.tickets.some(({ plan_id }) => plan_id === decision.plan_id),
		);
		await handle.signal(planSignals.cancelWorkflow, ...args);
		assert.equal((await handle.result()).status, "CANCELLED");
		const { commands } = await documentOf(handle);
		assert.deepEqual(
			commands.map((own) => [own.command, own.actor, own.reason]),
			[["cancel", actor, reason]],
		);
	}
});

test("the signal cancel_workflow: what names an actor that is none has no effect", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const plan = planOf(decision.plan_id, [{ id: "a" }]);
	const handle = await world.start(runInput(decision, plan));
	await eventually(() => world.tickets.length === 1);
	await handle.signal(planSignals.cancelWorkflow, { actor: 7 });
	const [ticket] = world.tickets;
	await report(handle, [resultOf(ticket?.ticket_id ?? "", "COMPLETED")]);
	assert.equal((await handle.result()).status, "SUCCESS");
	assert.deepEqual((await documentOf(handle)).commands, []);
});

test("the signal decision_rejected: no rubbish stops a plan that waits, and a decision ends it", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision({ final_decision: "review_required" });
	const plan = planOf(decision.plan_id, [{ id: "a" }]);
	const handle = await world.start(runInput(decision, plan));
	await eventually(
		async () => (await documentOf(handle)).status === "AWAITING_APPROVAL",
	);
	for (const rubbish of [null, 7, {}, { decision_id: 7 }])
		await handle.signal(planSignals.decisionRejected, rubbish);
	assert.equal((await documentOf(handle)).status, "AWAITING_APPROVAL");
	const later = someDecision({ plan_id: decision.plan_id });
	await handle.signal(planSignals.decisionRejected, later);
	await assert.rejects(handle.result());
	const { status, commands } = await documentOf(handle);
	assert.equal(status, "REJECTED");
	assert.deepEqual(
		commands.map(({ actor }) => actor),
		[`decision ${later.decision_id}`],
	);
});

test("the signal decision_rejected: a plan that was cancelled meanwhile is not rejected as well", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision({ final_decision: "review_required" });
	const plan = planOf(decision.plan_id, [{ id: "a" }]);
	const handle = await world.start(runInput(decision, plan));
	// Both are there before the first workflow task, or come to one that waits: in this order in any case.
	await handle.signal(planSignals.cancelWorkflow);
	await handle
		.signal(planSignals.decisionRejected, someDecision())
		.catch(() => undefined);
	await assert.rejects(handle.result());
	const { status, commands } = await documentOf(handle);
	assert.equal(status, "CANCELLED");
	assert.deepEqual(
		commands.map(({ command }) => command),
		["cancel"],
	);
});

test("a run that is started for a rerun which is not possible closes as the one before, and changes nothing", async (t) => {
	const plan = await play(t, "V1");
	for (const task of ["a", "b", "c", "d"]) await plan.answer(task);
	assert.equal(await untilEnded(plan), "SUCCESS");
	const before = plan.document();
	const state = await plan.handle.query<RerunState, [RerunStateRequest]>(
		planQueries.rerunState,
		{ task_id: "b", landed: true },
	);

	assert.ok(state.ok);
	const { input, carried } = state;
	for (const wrong of [{ task_id: "nowhere" }, { task_id: "b", actor: "" }]) {
		const command: PlanCommand = { actor: "eve", reason: "why not", ...wrong };
		const handle = await plan.world.client.workflow.start("orchestratePlan", {
			taskQueue: plan.world.taskQueue,
			workflowId: plan.handle.workflowId,
			workflowIdReusePolicy: "ALLOW_DUPLICATE",
			args: [input, carried, command],
		});
		assert.equal((await handle.result()).status, "SUCCESS");
		assert.deepEqual((await documentOf(handle)).commands, []);
		assert.equal(plan.document().revision, before.revision);
	}
	assert.equal(plan.published().length, 4);
	assert.equal(await plan.rerun("b"), "2 tickets run again");
	await plan.answer("b");
	await plan.answer("d");
	assert.equal(await untilEnded(plan), "SUCCESS");
});
