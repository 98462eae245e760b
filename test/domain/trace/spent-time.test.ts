import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanHistory } from "../../../src/domain/timeline-event.ts";
import { tellSpentTime } from "../../../src/domain/trace/spent-time.ts";
import { planDocument } from "../../support/http.ts";
import {
	approval,
	command,
	done,
	someAttempt,
	someTicket,
} from "../../support/timeline-samples.ts";

/** `build` is tried twice, then `test` waits for it; `lint` beside them ends early. */
function timed(): PlanHistory {
	const build = someTicket("build", { finished_at: 500 });
	const check = someTicket("test", {
		dependencies: [build.ticket_id],
		finished_at: 900,
	});
	const lint = someTicket("lint", { finished_at: 300 });
	const ended = { outcome: "completed" } as const;
	return {
		plan: planDocument({
			status: "SUCCESS",
			created_at: 10,
			finished_at: 905,
			tickets_generated: 3,
			approval: { ...approval, requested_at: 15 },
			commands: [command({ at: 95 })],
			steps: [
				...[done("C1", 12), done("C2", 96), done("C3", 97)],
				...[done("C4", 98), done("C5", 904), done("C6", 909)],
			],
		}),
		tickets: [build, lint, check],
		attempts: [
			someAttempt(build, {
				...{ published_at: 100, finished_at: 200, outcome: "failed" },
				actual_duration_ms: 10,
			}),
			someAttempt(build, {
				...{ attempt: 2, published_at: 250, finished_at: 500, ...ended },
				actual_duration_ms: 150,
			}),
			someAttempt(lint, { published_at: 100, finished_at: 300, ...ended }),
			someAttempt(check, {
				...{ published_at: 520, finished_at: 900, ...ended },
				actual_duration_ms: 380,
			}),
		],
	};
}

const told = (history: PlanHistory, nowMs = 5_000, limit = 50) =>
	tellSpentTime(history, { nowMs, limit });
const lines = (history: PlanHistory, nowMs?: number) =>
	told(history, nowMs).critical_path.map(
		({ what, from, to, step, task_id, attempt }) =>
			[what, from, to, step ?? task_id, attempt].filter(Boolean).join(" "),
	);

test("tellSpentTime: every moment from arrival to C6 is spent on one thing, along what the end waited for", () => {
	const spent = told(timed());
	assert.deepEqual(lines(timed()), [
		"steps 10 13 C1",
		"steps 13 15 C1",
		"approval 15 95",
		"steps 95 97 C2",
		"dispatch 97 100 build 1",
		"retry 100 200 build 1",
		"retry 200 250 build 2",
		"queue 250 350 build 2",
		"running 350 500 build 2",
		"dispatch 500 520 test 1",
		"running 520 900 test 1",
		"steps 900 905 C5",
		"steps 905 910 C6",
	]);
	assert.equal(spent.total_ms, 900);
	assert.equal(
		spent.spent.reduce((sum, { ms }) => sum + ms, 0),
		spent.total_ms,
	);
	assert.deepEqual(spent.spent[0], { what: "running", ms: 530 });
	assert.deepEqual([spent.attempts, spent.retries], [4, 1]);
});

test("tellSpentTime: an open plan counts until now, and says what it waits for", () => {
	const { plan, tickets, attempts } = timed();
	const open = {
		plan: {
			...plan,
			status: "RUNNING" as const,
			steps: plan.steps.slice(0, 4),
		},
		tickets: tickets.map((one) =>
			one.task_id === "lint" ? one : { ...one, finished_at: null },
		),
		attempts: attempts
			.filter(({ task_id }) => task_id !== "test")
			.map((one) =>
				one.attempt === 2
					? { ...one, finished_at: null, actual_duration_ms: null }
					: one,
			),
	};
	assert.deepEqual(lines(open, 400).slice(-2), [
		"retry 200 250 build 2",
		"queue 250 400 build 2",
	]);
	const begun = open.tickets.map((one) =>
		one.task_id === "build" ? { ...one, started_at: 300 } : one,
	);
	assert.deepEqual(lines({ ...open, tickets: begun }, 400).slice(-2), [
		"queue 250 300 build 2",
		"running 300 400 build 2",
	]);
});

test("tellSpentTime: no answer, a person's no, a rerun and an undoing have their own words", () => {
	const { plan, tickets, attempts } = timed();
	const silent = attempts.map((one) =>
		one.task_id === "test"
			? { ...one, outcome: "timed_out" as const, actual_duration_ms: null }
			: one,
	);
	assert.ok(
		lines({ plan, tickets, attempts: silent }).includes(
			"unanswered 520 900 test 1",
		),
	);
	const rejected = {
		plan: planDocument({
			...{ status: "REJECTED", created_at: 10, finished_at: 60 },
			...{ steps: [done("C1", 12)], approval },
			commands: [command({ command: "reject", at: 60 })],
		}),
		...{ tickets: [], attempts: [] },
	};
	assert.deepEqual(lines(rejected).at(-1), "approval 15 60");
	const former = { ...plan, round: 0 };
	const again = someTicket("test", {
		...{ generation: 2, finished_at: 2_000 },
		dependencies: ["t-build-1"],
	});
	const undo = someTicket("undo", {
		...{ compensates: "t-build-1", created_at: 2_002, finished_at: 2_100 },
	});
	const rerun = {
		plan: planDocument({
			...plan,
			former_rounds: [former],
			finished_at: 2_101,
			steps: [
				...[done("C1", 12), done("C2", 96), done("C3", 1_000)],
				...[done("C5", 2_001), done("C6", 2_101)],
			],
		}),
		tickets: [...tickets, again, undo],
		attempts: [
			...attempts,
			someAttempt(again, {
				...{ published_at: 1_010, finished_at: 2_000, outcome: "completed" },
				actual_duration_ms: 900,
			}),
		],
	};
	assert.deepEqual(lines(rerun), [
		"dispatch 1000 1010 test 1",
		"queue 1010 1100 test 1",
		"running 1100 2000 test 1",
		"steps 2000 2002 C5",
		"compensation 2002 2100",
		"steps 2100 2102 C6",
	]);
});

test("tellSpentTime: the longest stretches are shown in their order, and the sums are of all", () => {
	const { critical_path, critical_path_length, spent } = told(timed(), 0, 2);
	assert.deepEqual(
		critical_path.map(({ from }) => from),
		[350, 520],
	);
	assert.equal(critical_path_length, 13);
	assert.equal(spent.length, 6);
});
