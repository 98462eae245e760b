import assert from "node:assert/strict";
import { test } from "node:test";
import { createRecordedAllocations } from "../../src/scheduling/recorded-choices.ts";
import { openMongo } from "../support/stores.ts";

const best = [
	{ agent_id: "a", agent_score: 0.8, composite_score: 0.7, room: 1 },
	{ agent_id: "b", agent_score: 0.6, composite_score: 0.6, room: 0.9 },
];
const record = (id: string, changes: object = {}) => ({
	...{ ticket_id: id, logical_ticket_id: id, plan_id: "p", task_id: id },
	...{ attempt: 1, allocated_at: 5, agent_id: "a", priority_score: 0.5 },
	...{ allocation_method: "intelligent_scheduler", best, ...changes },
});
const ended = (id: string, changes: object = {}) => ({
	...{ _id: id, ticket_id: id, attempt_ticket_id: id, outcome: "completed" },
	...{ agent_id: "a", published_at: 1_000, finished_at: 4_000 },
	...{ estimated_duration_ms: 2_000, ...changes },
});

test("recorded allocations: choices are those of tickets that completed where they were sent; the newest record counts", async (t) => {
	const { mongo } = await openMongo(t);
	const put = (collection: string, documents: object[]) =>
		mongo.run({ collection, name: "test" }, async (it) => {
			await it.insertMany(documents as never[]);
		});
	const chunk = (at: number, ...records: ReturnType<typeof record>[]) => ({
		...{ _id: `chunk-${at}`, plan_id: "p", allocated_at: at },
		ticket_ids: records.map(({ ticket_id }) => ticket_id),
		...{ allocations: records, expires_at: new Date(Date.now() + 1e6 + at) },
	});
	await put("ticket_allocations", [
		chunk(1, record("twice", { priority_score: 0.1 })),
		chunk(
			2,
			...["good", "twice", "elsewhere", "failed", "unknown"].map((id) =>
				record(id),
			),
			record("in-turn", { allocation_method: "round_robin" }),
			record("alone", { best: best.slice(0, 1) }),
		),
	]);
	await put("execution_tickets", [
		ended("good", { predictions: { duration_ms: 1_500 } }),
		ended("elsewhere", { agent_id: "b" }),
		ended("failed", { outcome: "failed" }),
		...["twice", "in-turn", "alone"].map((id) => ended(id)),
	]);
	const recorded = createRecordedAllocations(mongo);
	const choices = await recorded.readChoices();
	const turnarounds = choices
		.filter(({ priority }) => priority === 0.5)
		.map(({ turnaround }) => turnaround);
	assert.deepEqual(turnarounds.sort(), [1.5, 2]);
	assert.deepEqual(choices[0]?.candidates[1], {
		...{ agent_id: "b", agent_score: 0.6, room: 0.9 },
	});
	const found = await recorded.readAllocations(["twice", "nobody"]);
	assert.deepEqual(
		[...found].map(([id, one]) => [id, one.priority_score]),
		[["twice", 0.5]],
	);
});
