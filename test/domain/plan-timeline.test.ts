import assert from "node:assert/strict";
import { test } from "node:test";
import {
	eventsAfter,
	type PlanHistory,
	tellTimeline,
} from "../../src/domain/plan-timeline.ts";
import { planDocument, ticketDocument } from "../support/http.ts";

const attempt = {
	ticket_id: "t1",
	logical_ticket_id: "t1",
	task_id: "a",
	attempt: 1,
	published_at: 30,
	finished_at: 40,
	outcome: "failed",
	agent_id: "w1",
	error_message: "no disk",
} as const;

const history: PlanHistory = {
	plan: planDocument({
		created_at: 10,
		finished_at: 90,
		status: "SUCCESS",
		steps: [
			{ name: "C1", status: "completed", started_at: 10, duration_ms: 5 },
			{ name: "C2", status: "completed", started_at: 25, duration_ms: 1 },
			{ name: "C4", status: "running", started_at: 26, duration_ms: null },
		],
		approval: {
			requested_at: 15,
			expires_at: 1_000,
			published_at: 15,
			reminders_sent: 1,
			last_reminder_at: 18,
			request_error: null,
		},
		commands: [
			{
				id: "c",
				command: "approve",
				actor: "ana",
				reason: "looks right",
				at: 20,
				idempotency_key: null,
				command_hash: "h",
				status: "VALIDATING",
				outcome: "approved",
				details: {},
			},
		],
	}),
	tickets: [
		ticketDocument({
			ticket_id: "t1",
			task_id: "a",
			outcome: "completed",
			finished_at: 80,
		}),
		ticketDocument({ ticket_id: "t2", task_id: "b" }),
	],
	attempts: [
		attempt,
		{
			...attempt,
			ticket_id: "t1-2",
			attempt: 2,
			published_at: 50,
			finished_at: 80,
			outcome: "completed",
		},
	],
};

test("tellTimeline: everything that happened, in its order", () => {
	const events = tellTimeline(history);
	assert.deepEqual(
		events.map(({ at, kind }) => `${at} ${kind}`),
		[
			"10 plan.received",
			"10 step.started",
			"15 step.ended",
			"15 approval.requested",
			"18 approval.reminded",
			"20 command",
			"25 step.started",
			"26 step.ended",
			"26 step.started",
			"30 ticket.published",
			"40 attempt.failed",
			"50 ticket.retried",
			"80 ticket.finished",
			"90 plan.finished",
		],
	);
	const ids = new Set(events.map(({ id }) => id));
	assert.equal(ids.size, events.length);
	const texts = events.map(({ summary }) => summary).join("\n");
	assert.match(texts, /ana asked to approve: looks right/);
	assert.match(texts, /attempt 1 of task a failed: no disk/);
});

test("eventsAfter: goes on after the event, also when others came before it meanwhile", () => {
	const events = tellTimeline(history);
	const middle = events[6];
	assert.ok(middle);
	assert.deepEqual(eventsAfter(events, middle), events.slice(7));
	const late = { ...middle, id: "late", at: 1 };
	assert.deepEqual(eventsAfter([late, ...events], middle), events.slice(7));
	const gone = { at: 26, id: "gone" };
	assert.equal(eventsAfter(events, gone)[0]?.at, 30);
});
