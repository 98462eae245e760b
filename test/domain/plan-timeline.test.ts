import assert from "node:assert/strict";
import { test } from "node:test";
import { eventsAfter, tellTimeline } from "../../src/domain/plan-timeline.ts";
import { retried, tell, undone } from "../support/timeline-samples.ts";

test("tellTimeline: everything that happened, in its order and its words", () => {
	assert.deepEqual(tell(retried()), [
		"10 decision d (approve) came by REST",
		"10 C1 began: validate the plan",
		"11 C1 completed after 1 ms",
		"15 a person is asked to approve the plan, until 1970-01-01T00:00:01.000Z",
		"17 reminder 1 was sent",
		"18 reminder 2 was sent",
		"20 ana approved the plan: looks right",
		"25 C2 began: generate tickets",
		"26 C2 completed after 1 ms",
		"26 C3 began: allocate workers",
		"27 C4 began: publish tickets",
		"30 task a was published",
		"40 attempt 1 of task a failed on w1: no disk",
		"50 task a was published again, attempt 2",
		"80 task a completed on w2",
		"80 C3 completed: 2 batches of tickets in 3 ms",
		"80 C4 completed: 2 batches of tickets in 2.5 s",
		"80 C5 began: consolidate the results",
		"81 C5 completed after 1 ms",
		"90 the plan ended as SUCCESS, 2 of 2 tickets completed",
		"90 C6 began: publish telemetry",
		"91 C6 completed after 1 ms",
	]);
});

test("tellTimeline: it does not matter in which order tickets and attempts come", () => {
	const { plan, tickets, attempts } = retried();
	const reversed = {
		plan,
		tickets: tickets.toReversed(),
		attempts: attempts.toReversed(),
	};
	assert.deepEqual(tell(reversed), tell(retried()));
});

test("tellTimeline: what was undone later completed or failed when it did; undoing it is told as that, once", () => {
	assert.deepEqual(tell(undone()).slice(3, -1), [
		"21 task build was published",
		"40 task build completed on w1",
		"41 task test was published",
		"60 attempt 1 of task test failed on w1: 3 tests failed",
		"60 task test failed after its only attempt",
		"60 C3 completed: one batch of tickets in 1 ms",
		"60 C4 completed: one batch of tickets in 1 ms",
		"60 C5 began: consolidate the results",
		"61 C5 completed after 1 ms",
		"61 what was done is to be undone: tasks test, build",
		"62 the compensation of task test was published",
		"70 the compensation of task test completed on w2",
		"72 the compensation of task build was published",
		"80 attempt 1 of the compensation of task build failed on w2: the registry is gone",
		"80 the compensation of task build failed after its only attempt",
	]);
});

test("tellTimeline: a reader who comes back sees nothing change of what was told before", () => {
	const { plan, tickets, attempts } = undone();
	const isEarly = ({ at }: { at: number }) => at < 60;
	const before = tellTimeline({
		plan: {
			...plan,
			finished_at: null,
			status: "RUNNING",
			steps: plan.steps.slice(0, 2),
		},
		tickets: [
			{ ...(tickets[0] ?? assert.fail()), outcome: "completed" },
			{ ...(tickets[1] ?? assert.fail()), outcome: null, finished_at: null },
		],
		attempts: attempts
			.slice(0, 2)
			.map((one) => (one.finished_at === 60 ? { ...one, outcome: null } : one)),
	});
	const after = tellTimeline(undone());
	assert.deepEqual(after.filter(isEarly), before);
});

test("eventsAfter: goes on after the event, also when others came before it meanwhile", () => {
	const events = tellTimeline(retried());
	const middle = events[6];
	assert.ok(middle);
	assert.deepEqual(eventsAfter(events, middle), events.slice(7));
	const late = { ...middle, id: "late", at: 1 };
	assert.deepEqual(eventsAfter([late, ...events], middle), events.slice(7));
	const gone = { at: 27, id: "gone" };
	assert.equal(eventsAfter(events, gone)[0]?.at, 30);
});
