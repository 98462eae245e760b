import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanWaits } from "../../src/domain/plan-run.ts";
import { planQueries } from "../../src/domain/plan-run.ts";
import type { Allocation } from "../../src/domain/scheduling/allocation.ts";
import { eventually } from "../support/eventually.ts";
import { workersAre } from "../support/known-workers.ts";
import { play, untilEnded } from "../support/played-plan.ts";
import { schedulerOver } from "../support/scheduler.ts";

const waiting: Allocation = {
	kind: "waiting",
	wait: { reason: "full", capabilities: ["gpu"], able: 3, full: 3 },
};
const rejected: Allocation = {
	kind: "rejected",
	rejection: {
		rejected_at: 1,
		rejected_by: "scheduler",
		reason: "no worker fits",
	},
};

/** The scheduler, but what it says of a task is changed by the test. */
function withAnswers(changed: Map<string, Allocation>) {
	const { allocator } = schedulerOver(workersAre([{ agent_id: "agent-1" }]));
	const waitedMs: number[] = [];
	const allocate: typeof allocator.allocate = async (request) => {
		const answers = await allocator.allocate(request);
		for (const sinceMs of Object.values(request.waiting_since ?? {}))
			waitedMs.push(Date.now() - sinceMs);
		return answers.map(
			(answer, at) => changed.get(request.tickets[at]?.task_id ?? "") ?? answer,
		);
	};
	return { allocator: { ...allocator, allocate }, waitedMs };
}

test("waitForWorkers: a ticket without a worker waits, is seen to, survives the worker, and goes out later; the others go on", async (t) => {
	const changed = new Map([["b", waiting]]);
	const { allocator, waitedMs } = withAnswers(changed);
	const plan = await play(t, "V2", {}, { allocator });
	await plan.answer("a");
	await plan.answer("c");
	const why = async () => await plan.handle.query<PlanWaits>(planQueries.why);
	const wait = await eventually(async () =>
		(await why()).waits.find(({ what }) => what === "capacity"),
	);
	assert.equal(wait.task_id, "b");
	assert.equal(
		wait.unblocked_by,
		"a free place with a worker with gpu: 3 fit, 3 of them are full",
	);
	await eventually(() => waitedMs.length >= 2);
	await plan.world.restartWorker();
	// The task of the worker that is gone comes to another after ten seconds.
	await eventually(() => waitedMs.length >= 3, 30_000);
	assert.deepEqual(
		plan
			.published()
			.map((one) => one.slice(0, 1))
			.sort(),
		["a", "c"],
	);
	changed.clear();
	for (const task of ["b", "d"]) await plan.answer(task);
	assert.equal(await untilEnded(plan), "SUCCESS");
	assert.ok((waitedMs.at(-1) ?? 0) > (waitedMs[0] ?? 0));
});

test("waitForWorkers: a ticket that no worker will have fails at once, with the reason", async (t) => {
	const { allocator } = withAnswers(new Map([["b", rejected]]));
	const plan = await play(t, "V2", {}, { allocator });
	await plan.answer("a");
	await plan.answer("c");
	await untilEnded(plan);
	const ticket = [...plan.world.documents.values()].find(
		({ task_id, required_capabilities }) =>
			task_id === "b" && required_capabilities !== undefined,
	);
	assert.equal(ticket?.outcome, "failed");
	assert.equal(ticket?.error_message, "rejected: no worker fits");
	assert.deepEqual(ticket?.rejection_metadata, rejected.rejection);
	assert.equal(ticket?.attempt, 1);
});
