import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { planQueries } from "../../src/domain/plan-run.ts";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf } from "../support/plan-world.ts";

const TICKETS = 3_200;
/** What one local activity publishes. */
const CHUNK = 400;
const PUBLISH_MS = 700;

// A task that lasts for eight seconds is replaced by the SDK, and then what ended last may be told in another order
// than a replay tells it (accepted-task.ts).
test("local activities: when they are slow, no workflow task runs more of them than take two seconds", async (t) => {
	let published = 0;
	const world = await openWorld(t, {
		tickets: {
			async publishTickets({ tickets }) {
				await sleep(PUBLISH_MS);
				published += tickets.length;
			},
		},
	});
	const decision = someDecision();
	const tasks = Array.from({ length: TICKETS }, (_, at) => ({ id: `t${at}` }));
	const handle = await world.start(
		runInput(decision, planOf(decision.plan_id, tasks)),
	);
	await eventually(() => published >= TICKETS, 60_000);
	// Whoever takes the run over answers from its history.
	await world.restartWorker();
	const { status } = await handle.query<{ status: string }>(planQueries.plan);
	assert.equal(status, "RUNNING");

	const { events } = await handle.fetchHistory();
	const perTask: number[] = [];
	for (const event of events ?? []) {
		if (event.workflowTaskCompletedEventAttributes) perTask.push(0);
		else if (
			event.markerRecordedEventAttributes?.markerName === "core_local_activity"
		)
			perTask.push((perTask.pop() ?? 0) + 1);
	}
	assert.ok(perTask.reduce((sum, count) => sum + count, 0) >= TICKETS / CHUNK);
	// The policies' one, and those that begin before two seconds are over.
	const most = 1 + Math.ceil(2_000 / PUBLISH_MS);
	assert.ok(Math.max(...perTask) <= most, String(perTask));
});
