import assert from "node:assert/strict";
import type { CommandRecord, PlanStep } from "../../src/domain/documents.ts";
import { tellTimeline } from "../../src/domain/plan-timeline.ts";
import type {
	PlanHistory,
	TimelineAttempt,
	TimelineTicket,
} from "../../src/domain/timeline-event.ts";
import { planDocument, ticketDocument } from "./http.ts";

/** A stored ticket of a task; its id is the task's with the generation. */
export function someTicket(
	task_id: string,
	fields: Partial<TimelineTicket> = {},
): TimelineTicket {
	const { generation = 1 } = fields;
	const ticket_id = `t-${task_id}-${generation}`;
	return ticketDocument({ task_id, ticket_id, generation, ...fields });
}

/** One publication of that ticket. */
export function someAttempt(
	ticket: TimelineTicket,
	fields: Partial<TimelineAttempt>,
): TimelineAttempt {
	const { attempt = 1 } = fields;
	return {
		ticket_id: `${ticket.ticket_id}/${attempt}`,
		logical_ticket_id: ticket.ticket_id,
		task_id: ticket.task_id,
		generation: ticket.generation,
		attempt,
		published_at: 0,
		finished_at: null,
		actual_duration_ms: null,
		outcome: null,
		agent_id: "w1",
		error_message: null,
		result_source: null,
		...fields,
	};
}

/** A step that took a millisecond. */
export const done = (name: PlanStep["name"], started_at: number): PlanStep => ({
	name,
	status: "completed",
	started_at,
	duration_ms: 1,
	times: 1,
	ended_at: started_at + 1,
});
/** An approval, with what the test says differently. */
export const command = (fields: Partial<CommandRecord>): CommandRecord => ({
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
	...fields,
});
/** An approval that was asked for three times. */
export const approval = {
	requested_at: 15,
	expires_at: 1_000,
	published_at: 15,
	reminders_sent: 2,
	last_reminder_at: 18,
	reminded_at: [17, 18],
	request_error: null,
};

/** A plan that a person approved and whose only task needed a second attempt. */
export function retried(): PlanHistory {
	const ticket = someTicket("a", {
		outcome: "completed",
		attempt: 2,
		completed_at: 80,
		finished_at: 80,
		agent_id: "w2",
	});
	return {
		plan: planDocument({
			created_at: 10,
			finished_at: 90,
			status: "SUCCESS",
			tickets_generated: 2,
			tickets_completed: 2,
			steps: [
				done("C1", 10),
				done("C2", 25),
				{ ...done("C3", 26), duration_ms: 3, times: 2 },
				{ ...done("C4", 27), duration_ms: 2_500, times: 2 },
				done("C5", 80),
				done("C6", 90),
			],
			approval,
			commands: [command({})],
		}),
		tickets: [ticket, someTicket("b", { order: 1 })],
		attempts: [
			someAttempt(ticket, {
				published_at: 30,
				finished_at: 40,
				outcome: "failed",
				error_message: "no disk",
			}),
			someAttempt(ticket, {
				attempt: 2,
				published_at: 50,
				finished_at: 80,
				outcome: "completed",
			}),
		],
	};
}

/** build completed and test failed for good; both were undone. */
export function undone(): PlanHistory {
	const build = someTicket("build", {
		outcome: "compensated",
		completed_at: 40,
		finished_at: 40,
		agent_id: "w1",
	});
	const failed = someTicket("test", {
		order: 1,
		outcome: "compensated",
		finished_at: 60,
		agent_id: "w1",
		error_message: "3 tests failed",
	});
	const undo = (of: typeof build, order: number, fields: object) =>
		// As on the wire.
		someTicket(`compensate-${of.ticket_id}`, {
			ticket_id: `undo-${of.ticket_id}`,
			compensates: of.ticket_id,
			created_at: 61,
			order,
			agent_id: "w2",
			...fields,
		});
	const undoTest = undo(failed, 0, { outcome: "completed", finished_at: 70 });
	const undoBuild = undo(build, 1, {
		outcome: "failed",
		finished_at: 80,
		error_message: "the registry is gone",
	});
	return {
		plan: planDocument({
			created_at: 10,
			finished_at: 81,
			status: "FAILED",
			error_message: "1 of 2 tickets did not complete",
			steps: [done("C3", 20), done("C4", 21), done("C5", 60)],
		}),
		tickets: [build, failed, undoTest, undoBuild],
		attempts: [
			someAttempt(build, {
				published_at: 21,
				finished_at: 40,
				outcome: "completed",
			}),
			someAttempt(failed, {
				published_at: 41,
				finished_at: 60,
				outcome: "failed",
				error_message: "3 tests failed",
			}),
			someAttempt(undoTest, {
				published_at: 62,
				finished_at: 70,
				outcome: "completed",
			}),
			someAttempt(undoBuild, {
				published_at: 72,
				finished_at: 80,
				outcome: "failed",
				agent_id: "w2",
				error_message: "the registry is gone",
			}),
		],
	};
}

/** The sentences of a timeline, each with its moment; fails when two events have one name. */
export function tell(history: PlanHistory): string[] {
	const events = tellTimeline(history);
	const ids = new Set(events.map(({ id }) => id));
	assert.equal(ids.size, events.length, "every event has a name of its own");
	return events.map(({ at, summary }) => `${at} ${summary}`);
}
