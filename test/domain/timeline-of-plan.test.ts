import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanStep } from "../../src/domain/documents.ts";
import { planDocument } from "../support/http.ts";
import {
	approval,
	command,
	done,
	someAttempt,
	someTicket,
	tell,
	undone,
} from "../support/timeline-samples.ts";

test("tellTimeline: after a rerun the first end is still there, and so are the steps of each round", () => {
	const first = someTicket("a", {
		outcome: "completed",
		completed_at: 30,
		finished_at: 30,
	});
	const open = someTicket("b", {
		order: 1,
		outcome: "cancelled",
		finished_at: 50,
		error_message: "cancelled: replaced by a rerun: a flaky test",
	});
	const again = someTicket("a", {
		generation: 2,
		outcome: "completed",
		completed_at: 70,
		finished_at: 70,
		agent_id: "w1",
	});
	const lines = tell({
		plan: planDocument({
			created_at: 10,
			status: "SUCCESS",
			finished_at: 71,
			tickets_generated: 2,
			tickets_completed: 2,
			steps: [done("C1", 10), done("C3", 51), done("C4", 52), done("C5", 70)],
			former_rounds: [
				{
					round: 0,
					status: "PARTIAL",
					steps: [done("C3", 20), done("C4", 21), done("C5", 40)],
					finished_at: 41,
					error_message: "the plan's time limit passed",
					tickets_generated: 2,
					tickets_completed: 1,
				},
			],
			commands: [
				command({
					command: "rerun",
					at: 50,
					reason: "a flaky test",
					outcome: "1 ticket runs again",
					details: { task_id: "a" },
				}),
			],
		}),
		tickets: [first, open, again],
		attempts: [
			someAttempt(again, {
				published_at: 52,
				finished_at: 70,
				outcome: "completed",
			}),
		],
	});
	assert.deepEqual(lines.slice(3), [
		"20 C3 began: allocate workers",
		"21 C4 began: publish tickets",
		"30 task a completed",
		"40 C3 completed: one batch of tickets in 1 ms",
		"40 C4 completed: one batch of tickets in 1 ms",
		"40 C5 began: consolidate the results",
		"41 C5 completed after 1 ms",
		"41 the plan ended as PARTIAL, 1 of 2 tickets completed: the plan's time limit passed",
		"50 ana had task a run again, 1 ticket runs again: a flaky test",
		"50 task b was cancelled: replaced by a rerun: a flaky test",
		"51 C3 began: allocate workers",
		"52 C4 began: publish tickets",
		"52 task a (run 2) was published",
		"70 task a (run 2) completed on w1",
		"70 C3 completed: one batch of tickets in 1 ms",
		"70 C4 completed: one batch of tickets in 1 ms",
		"70 C5 began: consolidate the results",
		"71 C5 completed after 1 ms",
		"71 the plan ended as SUCCESS, 2 of 2 tickets completed",
	]);
});

test("tellTimeline: documents of an earlier release say no more than they know", () => {
	const spanning = ({ times, ended_at, ...step }: PlanStep): PlanStep => step;
	const { plan, ...rest } = undone();
	const { former_rounds, ...old } = plan;
	const lines = tell({
		plan: {
			...old,
			steps: plan.steps.map((step) => ({
				...spanning(step),
				duration_ms: step.name === "C5" ? 1 : 40,
			})),
			approval: { ...approval, reminded_at: undefined } as never,
		},
		...rest,
	});
	assert.ok(lines.includes("18 reminder 2 was sent"));
	assert.ok(
		lines.includes("60 C4 completed, for the last time 40 ms after it began"),
	);
});
