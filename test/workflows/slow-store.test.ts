import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf, report, resultOf } from "../support/plan-world.ts";

/** More than the workflow task gives a write, less than the durable activity. */
const SLOW_WRITE_MS = 4_000;

test("a slow MongoDB beside other steps: another worker can take the plan over", async (t) => {
	let isSlow = false;
	let landedCount = 0;
	const world = await openWorld(t, {
		documents: {
			async write() {
				if (isSlow) await sleep(SLOW_WRITE_MS);
				landedCount += 1;
			},
		},
	});
	const decision = someDecision();
	const input = runInput(decision, planOf(decision.plan_id, [{ id: "a" }]));
	input.settings = { ...input.settings, ticketMaxAttempts: 1 };
	const handle = await world.start(input);
	await eventually(() => world.tickets.length === 1 && landedCount === 1);
	isSlow = true;
	const [ticket] = world.tickets;
	await report(handle, [resultOf(ticket?.ticket_id ?? "", "FAILED")]);
	// What undoes it goes out while the write of its failure is given up.
	const undoing = await eventually(() => world.tickets[1]);
	isSlow = false;
	await eventually(async () => {
		const { events } = await handle.fetchHistory();
		return events?.some((one) => one.activityTaskScheduledEventAttributes);
	});
	await world.restartWorker();
	const { status } = await handle.query<{ status: string }>("plan");
	assert.equal(status, "COMPENSATING");
	await report(handle, [resultOf(undoing.ticket_id, "COMPLETED")]);
	assert.equal((await handle.result()).status, "FAILED");
});
