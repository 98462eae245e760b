import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanDocument } from "../../src/domain/documents.ts";
import { tellTimeline } from "../../src/domain/plan-timeline.ts";
import type {
	PlanHistory,
	TimelineAttempt,
	TimelineTicket,
} from "../../src/domain/timeline-event.ts";
import { hasEveryRun } from "../../src/domain/timeline-of-tickets.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { createHistoryReads } from "../../src/plans/read-histories.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import { eventually } from "../support/eventually.ts";
import { storeAway } from "../support/http.ts";
import { keep, report, resultOf } from "../support/plan-world.ts";
import {
	type Played,
	play,
	statusOf,
	untilCompleted,
	untilEnded,
} from "../support/played-plan.ts";

/** What MongoDB has of the plan. */
function stored(
	{ world, planId }: Played,
	documents = world.documents,
): PlanHistory {
	const all = <T>(collection: string): T[] =>
		[...documents].flatMap(([key, fields]) =>
			key.startsWith(`${collection}/`) ? [fields as T] : [],
		);
	return {
		plan: all<PlanDocument>("workflows").find(
			({ plan_id }) => plan_id === planId,
		) as PlanDocument,
		tickets: all<TimelineTicket>("execution_tickets"),
		attempts: all<TimelineAttempt>("ticket_attempts"),
	};
}

/** What its workflow tells while MongoDB is away. */
async function told({ world, planId }: Played): Promise<PlanHistory> {
	const { client, taskQueue } = world;
	const { readHistory } = createHistoryReads({
		stored: { readGraph: storeAway, readHistory: storeAway },
		running: createPlanClient({ client: () => client, taskQueue }),
		metrics: createMetrics(),
	});
	const answer = await readHistory(planId);
	assert.equal(answer?.source, "workflow");
	return answer?.value ?? assert.fail();
}

/** Sentences without what chance decides. */
function sentences(history: PlanHistory): string[] {
	return tellTimeline(history).map(({ summary }) =>
		summary
			.replaceAll(/[0-9a-f-]{36}/g, "…")
			.replaceAll(/\d+(\.\d)? m?s\b/g, "…"),
	);
}

async function undo(plan: Played, task: string): Promise<void> {
	const find = () =>
		plan.world.tickets.find(
			({ description, task_type }) =>
				task_type === "COMPENSATE" && description === `undo task ${task}`,
		);
	await eventually(() => find() !== undefined);
	await report(plan.handle, [resultOf(find()?.ticket_id ?? "", "COMPLETED")]);
}

/** b fails and is undone; what it rests on is kept, because c rests on it too. */
async function playUndone(plan: Played): Promise<void> {
	await plan.answer("a");
	await plan.answer("c");
	await untilCompleted(plan, 2);
	await plan.answer("b", "FAILED");
	await plan.answer("b", "FAILED");
	await undo(plan, "b");
	assert.equal(await untilEnded(plan), "PARTIAL");
}

test("timeline: a plan that was undone is told as it went, the same by MongoDB and by its workflow", async (t) => {
	const plan = await play(t, "V2");
	await playUndone(plan);
	const history = stored(plan);
	assert.deepEqual(tellTimeline(await told(plan)), tellTimeline(history));
	assert.deepEqual(sentences(history).slice(5), [
		"C3 began: allocate workers",
		"C4 began: publish tickets",
		"task a was published",
		"task a completed on agent-1",
		"task b was published",
		"task c was published",
		"task c completed on agent-1",
		"attempt 1 of task b failed on agent-1: it broke",
		"task b was published again, attempt 2",
		"attempt 2 of task b failed on agent-1: it broke",
		"task b failed after 2 attempts",
		"task d was skipped: it depends on task b, which did not complete",
		"C3 completed: 3 batches of tickets in …",
		"C4 completed: 3 batches of tickets in …",
		"C5 began: consolidate the results",
		"C5 completed after …",
		"what was done is to be undone: task b",
		"the compensation of task b was published",
		"the compensation of task b completed on agent-1",
		"the plan ended as PARTIAL, 2 of 4 tickets completed",
		"C6 began: publish telemetry",
		"C6 completed after …",
	]);
	const ticket = plan.world.document(
		"execution_tickets",
		plan.world.tickets[1]?.ticket_id ?? "",
	);
	const [undoing] = history.tickets.filter(({ compensates }) => compensates);
	assert.deepEqual(
		[ticket.outcome, ticket.status, ticket.compensated_at],
		["compensated", "COMPENSATED", undoing?.finished_at],
	);
	assert.ok(Number(ticket.finished_at) < Number(ticket.compensated_at));
	const frame = plan.world.frames[0] ?? assert.fail();
	assert.deepEqual(
		frame.steps.map(({ name, status }) => `${name} ${status}`),
		["C1", "C2", "C3", "C4", "C5"]
			.map((name) => `${name} completed`)
			.concat("C6 running"),
	);
});

test("timeline: what came before a rerun stays as it was told", async (t) => {
	const plan = await play(t, "V2");
	await playUndone(plan);
	const before = tellTimeline(stored(plan));
	await plan.rerun("b");
	await plan.answer("b");
	await plan.answer("d");
	assert.equal(await untilEnded(plan), "SUCCESS");
	const history = stored(plan);
	assert.deepEqual(tellTimeline(history).slice(0, before.length), before);
	assert.deepEqual(sentences(history).slice(before.length), [
		"ada had task b run again, 2 tickets run again: once more",
		"C3 began: allocate workers",
		"C4 began: publish tickets",
		"task b (run 2) was published",
		"task b (run 2) completed on agent-1",
		"task d (run 2) was published",
		"task d (run 2) completed on agent-1",
		"C3 completed: 2 batches of tickets in …",
		"C4 completed: 2 batches of tickets in …",
		"C5 began: consolidate the results",
		"C5 completed after …",
		"the plan ended as SUCCESS, 4 of 4 tickets completed",
		"C6 began: publish telemetry",
		"C6 completed after …",
	]);
	assert.ok(hasEveryRun(history.tickets));
	assert.ok(!hasEveryRun((await told(plan)).tickets), "and says so");
});

test("timeline: a plan that runs again while MongoDB is away is told the same as once all of it is stored", async (t) => {
	const store: Parameters<typeof keep>[0] = {
		documents: new Map(),
		writes: [],
	};
	let isAway = true;
	const plan = await play(
		t,
		"V2",
		{},
		{
			documents: {
				write: async (writes) => {
					if (isAway)
						throw new OrchestratorError("STORE_UNAVAILABLE", "it is away");
					for (const write of writes) keep(store, write);
				},
			},
		},
	);
	await plan.answer("a");
	await plan.answer("b");
	await untilCompleted(plan, 2);
	await plan.rerun("b");
	for (const task of ["b", "c", "d"]) await plan.answer(task);
	await eventually(async () => (await statusOf(plan)) === "SUCCESS");
	const history = await told(plan);
	assert.ok(hasEveryRun(history.tickets));
	const events = tellTimeline(history);
	assert.equal(store.documents.size, 0);
	isAway = false;
	assert.equal(await untilEnded(plan), "SUCCESS");
	assert.deepEqual(tellTimeline(stored(plan, store.documents)), events);
});
