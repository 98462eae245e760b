import assert from "node:assert/strict";
import { test } from "node:test";
import type { WorkflowHandle } from "@temporalio/client";
import type {
	DocumentWrite,
	PlanDocument,
} from "../../src/domain/documents.ts";
import { commandPriorities, planUpdates } from "../../src/domain/plan-run.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import { eventually } from "../support/eventually.ts";
import { untilFreshRun } from "../support/fresh-run.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import {
	openWorld,
	planOf,
	report,
	resultOf,
	type World,
} from "../support/plan-world.ts";
import { waitingInput } from "../support/waiting-plan.ts";

// Outside the loop of tickets a plan may wait for days, and be sent what it has no use for.

const command = { actor: "ada", reason: "because" };

async function finish(world: World, handle: WorkflowHandle): Promise<void> {
	await eventually(() => world.tickets.length === 1);
	const [ticket] = world.tickets;
	await report(handle, [resultOf(ticket?.ticket_id ?? "", "COMPLETED")]);
	assert.equal((await handle.result()).status, "SUCCESS");
}

test("approval: results without end do not end the wait: a fresh run goes on with it, and asks nobody again", async (t) => {
	const world = await openWorld(t);
	const input = waitingInput();
	const handle = await world.start(input);
	await eventually(() => world.requests.length === 1);
	await untilFreshRun(handle);
	await world.restartWorker();
	await handle.executeUpdate(planUpdates.approve, { args: [command] });
	await finish(world, handle);
	assert.equal(world.requests.length, 1);
	const { approval, results_unknown, error_message } = world.document(
		"workflows",
		handle.workflowId,
	);
	assert.ok(Number(results_unknown) >= 1_000);
	assert.equal(error_message, null);
	assert.notEqual((approval as { published_at: number }).published_at, null);
	const actions = world.writes
		.filter(({ collection }) => collection === "audit_trail")
		.map(({ fields }) => fields.action);
	assert.deepEqual([...new Set(actions)], ["start", "approve", "end"]);
});

test("approval: results that come too early show once a window, and all of them in the end", async (t) => {
	const world = await openWorld(t);
	const handle = await world.start(waitingInput());
	await eventually(() => world.requests.length === 1);
	const writes = () =>
		world.writes.filter(({ collection }) => collection === "workflows").length;
	const before = writes();
	const startMs = Date.now();
	for (let count = 1; count <= 40; count += 1) {
		await report(handle, [resultOf(`stranger-${count}`, "COMPLETED")]);
		const { results_unknown } = await handle.query<PlanDocument>("plan");
		assert.equal(results_unknown, count);
	}
	const windows = 1 + Math.ceil((Date.now() - startMs) / 10_000);
	const flooded = writes() - before;
	assert.ok(flooded <= windows, `${flooded} documents for 40 signals`);
	await handle.executeUpdate(planUpdates.approve, { args: [command] });
	await finish(world, handle);
	const stored = world.document("workflows", handle.workflowId);
	assert.equal(stored.results_unknown, 40);
});

test("approval: 2,000 commands to a plan that waits, then it is approved", {
	timeout: 300_000,
}, async (t) => {
	const world = await openWorld(t);
	const { client, taskQueue } = world;
	const plans = createPlanClient({ client: () => client, taskQueue });
	const input = waitingInput();
	const { plan_id } = input.decision;
	const handle = await world.start(input);
	await eventually(() => world.requests.length === 1);
	const { runId } = await handle.describe();
	let asked = 0;
	const ids = new Set<string>();
	const send = async () => {
		while (asked < 2_000) {
			asked += 1;
			const priority = commandPriorities[asked % commandPriorities.length];
			const asking = { ...command, priority: priority ?? "low" };
			const answer = await plans.command(plan_id, "priority", asking);
			ids.add(answer.command_id);
		}
	};
	await Promise.all(Array.from({ length: 8 }, send));
	assert.notEqual((await handle.describe()).runId, runId);
	await plans.command(plan_id, "approve", command);
	await finish(world, handle);
	const records = new Set(
		world.writes
			.filter(({ collection }) => collection === "audit_trail")
			.map(({ _id }) => _id),
	);
	const { commands } = world.document("workflows", handle.workflowId);
	assert.equal((commands as unknown[]).length, 50);
	// Each that changed something is in the trail, with the start, the approval and the end.
	assert.ok(ids.size > 1_000);
	assert.equal(records.size, ids.size + 3);
});

test("ledger: a plan that waits for it goes on waiting in a fresh run", async (t) => {
	let isAway = true;
	const { plan, ...input } = waitingInput();
	const world = await openWorld(t, {
		ledger: {
			async readPlan() {
				if (isAway) throw new OrchestratorError("STORE_UNAVAILABLE", "away");
				return plan;
			},
		},
	});
	const handle = await world.start({ ...input, plan: null, plan_hash: null });
	await untilFreshRun(handle);
	isAway = false;
	await eventually(() => world.requests.length === 1, 30_000);
	await handle.executeUpdate(planUpdates.approve, { args: [command] });
	await finish(world, handle);
});

test("documents: a plan that has ended waits for MongoDB in a fresh run, and ends once", async (t) => {
	let isAway = false;
	const landed = new Map<string, DocumentWrite>();
	const world = await openWorld(t, {
		documents: {
			async write(writes) {
				if (isAway) throw new OrchestratorError("STORE_UNAVAILABLE", "away");
				for (const write of writes) {
					const known = landed.get(write._id);
					if (known && known.revision > write.revision) continue;
					landed.set(write._id, {
						...write,
						fields: { ...known?.fields, ...write.fields },
					});
				}
			},
		},
	});
	const decision = someDecision();
	const plan = planOf(decision.plan_id, [{ id: "a" }]);
	const handle = await world.start(runInput(decision, plan));
	await eventually(() => world.tickets.length === 1);
	isAway = true;
	const id = world.tickets[0]?.ticket_id ?? "";
	await report(handle, [resultOf(id, "COMPLETED")]);
	await eventually(() => world.frames.length === 1);
	await untilFreshRun(handle);
	isAway = false;
	assert.equal((await handle.result()).status, "SUCCESS");
	assert.equal(world.frames.length, 1);
	const trail = [...landed.values()]
		.filter(({ collection }) => collection === "audit_trail")
		.map(({ fields }) => fields.action);
	assert.deepEqual(trail, ["start", "end"]);
	const stored = landed.get(handle.workflowId)?.fields;
	assert.equal(stored?.status, "SUCCESS");
	assert.equal(landed.get(id)?.fields.status, "COMPLETED");
	assert.deepEqual(landed.get(id)?.fields.output, { artifact: "a" });
});
