import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { play, untilCompleted, untilEnded } from "../support/played-plan.ts";

test("priority: tickets that are not published yet go out with it, the others keep theirs", async (t) => {
	const plan = await play(t, "V2");
	await plan.answer("a");
	await eventually(() => plan.published().length === 3);
	const answer = await plan.ask("priority", { priority: "critical" });
	assert.deepEqual(answer.details, { priority: "CRITICAL", before: "HIGH" });
	for (const task of ["b", "c", "d"]) await plan.answer(task);
	assert.equal(await untilEnded(plan), "SUCCESS");
	const expected = { a: "HIGH", b: "HIGH", c: "HIGH", d: "CRITICAL" };
	const published = plan.world.tickets.map(({ task_id, priority }) => [
		task_id,
		priority,
	]);
	assert.deepEqual(Object.fromEntries(published), expected);
	const stored = plan.world.tickets.map(({ task_id, ticket_id }) => [
		task_id,
		plan.world.document("execution_tickets", ticket_id).priority,
	]);
	assert.deepEqual(Object.fromEntries(stored), expected);
	assert.equal(plan.document().priority, "CRITICAL");
	const scores = plan.world.tickets.map(({ ticket_id }) => {
		const { allocation_metadata } = plan.world.document(
			"execution_tickets",
			ticket_id,
		) as { allocation_metadata: { priority_score: number } };
		return allocation_metadata.priority_score;
	});
	assert.ok((scores.at(-1) ?? 0) > Math.max(...scores.slice(0, -1)));
});

test("priority: holds for what runs again", async (t) => {
	const plan = await play(t, "V1");
	await eventually(() => plan.published().length === 4);
	await plan.ask("priority", { priority: "low" });
	for (const task of ["a", "b"]) await plan.answer(task);
	await untilCompleted(plan, 2);
	await plan.rerun("b");
	await eventually(() => plan.published().length === 6);
	assert.deepEqual(
		plan.world.tickets.slice(4).map(({ priority }) => priority),
		["LOW", "LOW"],
	);
});
