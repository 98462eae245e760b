import assert from "node:assert/strict";
import { test } from "node:test";
import type { WorkflowHandle } from "@temporalio/client";
import {
	type CommandAnswer,
	type PlanCommand,
	planQueries,
	planUpdates,
} from "../../src/domain/plan-run.ts";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf, report, resultOf } from "../support/plan-world.ts";

const command: PlanCommand = { actor: "ada", reason: "because" };

async function ask(
	handle: WorkflowHandle,
	name: keyof typeof planUpdates,
	changes: Partial<PlanCommand> = {},
): Promise<CommandAnswer> {
	return await handle.executeUpdate<CommandAnswer, [PlanCommand]>(
		planUpdates[name],
		{ args: [{ ...command, ...changes }] },
	);
}

async function statusOf(handle: WorkflowHandle): Promise<string> {
	return (await handle.query<{ status: string }>(planQueries.plan)).status;
}

/** The type with which a run failed. */
async function failureOf(handle: WorkflowHandle): Promise<unknown> {
	const error = await handle.result().then(
		() => undefined,
		(failure: { cause?: { type?: string } }) => failure,
	);
	return error?.cause?.type;
}

test("approval: the plan waits, and runs once it is approved", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision({ final_decision: "review_required" });
	const input = runInput(decision, planOf(decision.plan_id, [{ id: "a" }]));
	const handle = await world.start(input);
	await eventually(
		async () => (await statusOf(handle)) === "AWAITING_APPROVAL",
	);
	assert.equal(world.tickets.length, 0);
	await assert.rejects(
		ask(handle, "pause"),
		(error: { cause?: { type?: string } }) =>
			error.cause?.type === "COMMAND_REFUSED",
	);
	await assert.rejects(ask(handle, "approve", { plan_hash: "another" }));
	const hash = { plan_hash: input.plan_hash ?? "" };
	const approved = await ask(handle, "approve", hash);
	assert.equal(approved.status, "RUNNING");
	await eventually(() => world.tickets.length === 1);
	await report(handle, [
		resultOf(world.tickets[0]?.ticket_id ?? "", "COMPLETED"),
	]);
	assert.equal((await handle.result()).status, "SUCCESS");
	const document = world.document("workflows", handle.workflowId) as {
		commands: { command: string; actor: string }[];
	};
	assert.deepEqual(
		document.commands.map(({ command, actor }) => [command, actor]),
		[["approve", "ada"]],
	);
});

test("approval: rejected, expired and cancelled plans publish nothing and say why they closed", async (t) => {
	const world = await openWorld(t);
	const begin = async (changes: Record<string, unknown> = {}) => {
		const decision = someDecision({ requires_human_review: true });
		return await world.start(
			runInput(decision, planOf(decision.plan_id, [{ id: "a" }], changes)),
		);
	};
	const rejected = await begin();
	await eventually(
		async () => (await statusOf(rejected)) === "AWAITING_APPROVAL",
	);
	assert.equal((await ask(rejected, "reject")).status, "REJECTED");
	assert.equal(await failureOf(rejected), "PLAN_REJECTED");

	const cancelled = await begin();
	await eventually(
		async () => (await statusOf(cancelled)) === "AWAITING_APPROVAL",
	);
	assert.equal((await ask(cancelled, "cancel")).status, "CANCELLED");
	assert.equal(await failureOf(cancelled), "PLAN_CANCELLED");

	const expired = await begin({ valid_until: Date.now() + 1_500 });
	assert.equal(await failureOf(expired), "PLAN_EXPIRED");
	assert.equal(
		world.document("workflows", expired.workflowId).status,
		"EXPIRED",
	);
	assert.equal(world.tickets.length, 0);
});

test("cancel: nothing more is published, open tickets end as cancelled, what was done can be undone", async (t) => {
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
	await eventually(() => world.tickets.length === 1);
	await report(handle, [
		resultOf(world.tickets[0]?.ticket_id ?? "", "COMPLETED"),
	]);
	await eventually(() => world.tickets.length === 2);
	await ask(handle, "cancel", { compensate: true });
	for (const [count, original] of [
		[3, "b"],
		[4, "a"],
	] as const) {
		await eventually(() => world.tickets.length === count);
		assert.equal(
			world.tickets[count - 1]?.description,
			`undo task ${original}`,
		);
		await report(handle, [
			resultOf(world.tickets[count - 1]?.ticket_id ?? "", "COMPLETED"),
		]);
	}
	assert.equal((await handle.result()).status, "CANCELLED");
	assert.equal(
		world.document(
			"workflow_results",
			[...world.documents.keys()]
				.find((key) => key.startsWith("workflow_results"))
				?.slice(17) ?? "",
		).status,
		"CANCELLED",
	);
});

test("cancel: Temporal's own cancel is the command", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const handle = await world.start(
		runInput(decision, planOf(decision.plan_id, [{ id: "a" }])),
	);
	await eventually(() => world.tickets.length === 1);
	await handle.cancel();
	assert.equal((await handle.result()).status, "CANCELLED");
});

test("pause: nothing is published, results are taken, and C5 waits for resume", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const plan = planOf(decision.plan_id, [
		{ id: "a" },
		{ id: "b", needs: ["a"] },
	]);
	const handle = await world.start({
		...runInput(decision, plan),
		orchestrator_version: "V2",
	});
	await eventually(() => world.tickets.length === 1);
	await ask(handle, "pause");
	await report(handle, [
		resultOf(world.tickets[0]?.ticket_id ?? "", "COMPLETED"),
	]);
	await eventually(
		async () =>
			(
				(await handle.query(planQueries.getStatus)) as {
					tickets_completed: number;
				}
			).tickets_completed === 1,
	);
	assert.equal(world.tickets.length, 1);
	const why = await handle.query<{ summary: string }>(planQueries.why);
	assert.match(why.summary, /resume/);
	await ask(handle, "resume");
	await eventually(() => world.tickets.length === 2);
	await ask(handle, "pause");
	await report(handle, [
		resultOf(world.tickets[1]?.ticket_id ?? "", "COMPLETED"),
	]);
	await eventually(
		async () =>
			(
				(await handle.query(planQueries.getStatus)) as {
					tickets_completed: number;
				}
			).tickets_completed === 2,
	);
	assert.equal((await handle.describe()).status.name, "RUNNING");
	await ask(handle, "resume");
	assert.equal((await handle.result()).status, "SUCCESS");
});
