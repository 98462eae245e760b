import assert from "node:assert/strict";
import { test } from "node:test";
import { planQueries } from "../../src/domain/plan-run.ts";
import type { CarriedRun } from "../../workflows/carry-run.ts";
import { play, untilCompleted, untilEnded } from "../support/played-plan.ts";

test("rerun: a task runs again and again, and what the plan hands on stays small", async (t) => {
	const plan = await play(t, "V2", {
		ticketQueueAllowanceMs: 600_000,
		planMaxDurationMs: 600_000,
	});
	await plan.answer("a");
	await plan.answer("b");
	for (let time = 0; time < 25; time += 1) {
		await untilCompleted(plan, 2);
		assert.equal(await plan.rerun("b"), "2 tickets run again");
		await plan.answer("b");
	}
	for (const task of ["c", "d"]) await plan.answer(task);
	assert.equal(await untilEnded(plan), "SUCCESS");
	const { carried } = await plan.handle.query<
		{ carried: CarriedRun },
		[object]
	>(planQueries.rerunState, { task_id: "b", landed: true });
	const [, b] = carried.tickets;
	assert.equal(b?.renewal?.generation, 26);
	assert.equal(b?.renewal?.former.length, 10);

	assert.equal(await plan.rerun("b"), "2 tickets run again");
	await plan.answer("b");
	await plan.answer("d");
	assert.equal(await untilEnded(plan), "SUCCESS");
	assert.equal(plan.published().at(-2), "b27");
});
