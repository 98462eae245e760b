import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client, WorkflowHandle } from "@temporalio/client";
import type { DocumentWrite } from "../../src/domain/documents.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf, report, resultOf } from "../support/plan-world.ts";

// A command whose workflow task is lost may be lost with it: nothing may have shown it by then.

const command = { actor: "ada", reason: "because" };

/** The names of the commands that the history of the plan's run has. */
async function accepted(client: Client, workflowId: string): Promise<string[]> {
	const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
	return (events ?? []).flatMap(
		({ workflowExecutionUpdateAcceptedEventAttributes: update }) =>
			update?.acceptedRequest?.input?.name ?? [],
	);
}

/** How often the plan has waited for a workflow task to be accepted. */
async function waits(handle: WorkflowHandle): Promise<number> {
	const { events } = await handle.fetchHistory();
	return (events ?? []).filter(
		({ timerStartedEventAttributes: timer }) =>
			timer?.startToFireTimeout?.nanos === 1_000_000,
	).length;
}

/** A plan whose every effect outside is compared with what its history has at that moment. */
async function openWatched(
	t: Parameters<typeof openWorld>[0],
	changes: Parameters<typeof someDecision>[0] = {},
) {
	const decision = someDecision(changes);
	const { plan_id } = decision;
	const workflowId = `orch-${plan_id}`;
	/** What was shown before Temporal knew of the command. */
	const early: string[] = [];
	const shown: string[] = [];
	const show = async (what: string, name: string) => {
		shown.push(what);
		const known = await accepted(world.client, workflowId);
		if (!known.includes(name)) early.push(what);
	};
	const published: string[] = [];
	const world = await openWorld(t, {
		documents: {
			async write(writes: readonly DocumentWrite[]) {
				for (const { collection, fields } of writes)
					if (collection === "audit_trail" && fields.actor === command.actor)
						await show("audit", String(fields.action));
			},
		},
		tickets: {
			async publishTickets({ tickets }) {
				for (const { ticket_id, metadata } of tickets) {
					published.push(ticket_id);
					if (changes.final_decision !== undefined)
						await show("ticket", "approve");
					if (metadata.generation === "2") await show("ticket", "rerun");
				}
			},
		},
		frames: {
			async publishFrames(frames) {
				for (const { status } of frames)
					if (status === "CANCELLED") await show("frame", "cancel");
			},
		},
	});
	const { client, taskQueue } = world;
	const plans = createPlanClient({ client: () => client, taskQueue });
	const plan = planOf(plan_id, [{ id: "a" }]);
	const handle = await world.start(runInput(decision, plan));
	return { plans, plan_id, handle, early, shown, published };
}

test("a cancel shows only after its workflow task was accepted: audit and frame", async (t) => {
	const { plans, plan_id, handle, early, shown, published } =
		await openWatched(t);
	await eventually(() => published.length === 1);
	await plans.command(plan_id, "cancel", command);
	assert.equal((await handle.result()).status, "CANCELLED");
	assert.deepEqual([...new Set(shown)].sort(), ["audit", "frame"]);
	assert.deepEqual(early, []);
});

test("an approval shows only after its workflow task was accepted: audit and tickets", async (t) => {
	const { plans, plan_id, handle, early, shown, published } = await openWatched(
		t,
		{ final_decision: "review_required" },
	);
	await eventually(() => plans.command(plan_id, "approve", command));
	await eventually(() => published.length === 1);
	await report(handle, [resultOf(published[0] ?? "", "COMPLETED")]);
	assert.equal((await handle.result()).status, "SUCCESS");
	assert.deepEqual([...new Set(shown)].sort(), ["audit", "ticket"]);
	assert.deepEqual(early, []);
	assert.equal(await waits(handle), 1, "one wait serves all that it shows in");
});

test("a rerun shows only after its workflow task was accepted: audit and tickets", async (t) => {
	const { plans, plan_id, handle, early, shown, published } =
		await openWatched(t);
	await eventually(() => published.length === 1);
	await plans.command(plan_id, "rerun", { ...command, task_id: "a" });
	await eventually(() => published.length === 2);
	await report(handle, [resultOf(published[1] ?? "", "COMPLETED")]);
	assert.equal((await handle.result()).status, "SUCCESS");
	assert.deepEqual([...new Set(shown)].sort(), ["audit", "ticket"]);
	assert.deepEqual(early, []);
	assert.equal(await waits(handle), 1, "one wait serves all that it shows in");
});

test("priority: the same again is answered, and leaves no event", async (t) => {
	const { plans, plan_id, handle, published } = await openWatched(t);
	await eventually(() => published.length === 1);
	const asked = { ...command, priority: "high" } as const;
	const first = await plans.command(plan_id, "priority", asked);
	const { historyLength } = await handle.describe();
	const second = await plans.command(plan_id, "priority", asked);
	assert.equal(second.command_id, first.command_id);
	assert.match(second.outcome, /already: nothing was changed/);
	assert.equal((await handle.describe()).historyLength, historyLength);
	await plans.command(plan_id, "cancel", command);
	await handle.result();
});
