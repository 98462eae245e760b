import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	planDeadline,
	promisedMs,
} from "../../../src/domain/sla/plan-deadline.ts";
import type { PlanSla } from "../../../src/domain/sla/sla-terms.ts";
import {
	planTimesBroken,
	timesBroken,
	violationRecords,
} from "../../../src/domain/sla/violations.ts";
import {
	checkAfterWrite,
	judgeRisk,
	mayTicketsBeAtRisk,
	nextCheckAtMs,
} from "../../../src/domain/sla/watch-plan.ts";
import { START, sla } from "../../support/plan-sla.ts";

const rules = { warningRatio: 0.8, intervalMs: 30_000 };

const running = (changes?: Partial<PlanSla>) => ({
	status: "RUNNING" as const,
	finished_at: null,
	sla: sla(changes),
});

test("judgeRisk: nothing is wrong at first", () =>
	assert.equal(judgeRisk(running(), START + 1, rules), null));

test("judgeRisk: without progress the forecast passes the deadline, and the path is named", () => {
	assert.equal(judgeRisk(running(), START + 60_000, rules), null);
	const risk = judgeRisk(running(), START + 60_001, rules);
	assert.equal(risk?.reason, "forecast");
	assert.deepEqual(risk?.path, ["a", "b"]);
	assert.ok((risk?.predicted_end ?? 0) > START + 100_000);
	assert.equal(risk?.remaining_seconds, 39.999);
});

test("judgeRisk: most of the time is gone, whatever the forecast says", () => {
	const forecast = { ...sla().forecast, late_from: START + 95_000 };
	const plan = running({ forecast: forecast as PlanSla["forecast"] });
	assert.equal(judgeRisk(plan, START + 80_000, rules)?.reason, "consumed");
	assert.equal(judgeRisk(plan, START + 100_001, rules)?.reason, "passed");
});

test("judgeRisk: a plan that has ended has no risk, nor one without a promise", () => {
	const ended = { ...running(), status: "SUCCESS" as const };
	assert.equal(judgeRisk(ended, START + 99_999, rules), null);
	assert.equal(judgeRisk({ status: "VALIDATING" }, START, rules), null);
});

test("nextCheckAtMs: the first moment at which anything may be wrong, or ten intervals", () => {
	assert.equal(nextCheckAtMs(running(), START, rules), START + 60_001);
	const tickets = running({ first_ticket_deadline: START + 10_000 });
	assert.equal(nextCheckAtMs(tickets, START, rules), START + 8_000);
	assert.equal(mayTicketsBeAtRisk(tickets, START + 8_000, rules), true);
	assert.equal(
		nextCheckAtMs(tickets, START + 8_000, rules),
		START + 8_000 + 30_000,
	);
	const long = running({
		deadline: START + 10_000_000,
		forecast: null,
		first_ticket_deadline: null,
	});
	assert.equal(nextCheckAtMs(long, START, rules), START + 300_000);
	const ended = { ...running(), status: "FAILED" as const };
	assert.equal(nextCheckAtMs(ended, START, rules), null);
});

test("nextCheckAtMs: no risk begins unseen between two looks", () =>
	fc.assert(
		fc.property(
			fc.integer({ min: 1, max: 200_000 }),
			fc.integer({ min: 0, max: 300_000 }),
			fc.integer({ min: 1, max: 200_000 }),
			fc.integer({ min: 0, max: 250_000 }),
			fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
			(promiseMs, workMs, ticketMs, passedMs, share) => {
				const deadline = START + promiseMs;
				const plan = running({
					deadline,
					forecast: {
						at: START,
						predicted_end: START + workMs,
						remaining_ms: workMs,
						late_from: workMs > promiseMs ? START : deadline - workMs,
						path: ["a"],
						path_length: 1,
					},
					first_ticket_deadline: START + ticketMs,
				});
				const nowMs = START + passedMs;
				const isSeen = (atMs: number) =>
					judgeRisk(plan, atMs, rules) !== null ||
					mayTicketsBeAtRisk(plan, atMs, rules);
				const nextMs = nextCheckAtMs(plan, nowMs, rules) ?? Infinity;
				assert.ok(nextMs > nowMs);
				const between = nowMs + Math.floor((nextMs - nowMs) * share);
				assert.ok(isSeen(nowMs) || between >= nextMs || !isSeen(between));
			},
		),
	));

test("checkAfterWrite: at once when the plan is at risk, with its last tickets when it ended late, else in its time", () => {
	assert.equal(checkAfterWrite(running(), START, rules), START + 60_001);
	assert.equal(
		checkAfterWrite(running(), START + 99_000, rules),
		START + 99_000,
	);
	const ended = {
		...running(),
		status: "SUCCESS" as const,
		finished_at: START + 10_000,
	};
	assert.equal(checkAfterWrite(ended, START + 10_000, rules), null);
	const late = { ...ended, finished_at: START + 100_001 };
	assert.equal(checkAfterWrite(late, START + 100_001, rules), START + 105_001);
	assert.equal(
		checkAfterWrite({ status: "VALIDATING", finished_at: null }, START, rules),
		null,
	);
});

test("planDeadline: the decision's seconds from the start, else the longest path", () => {
	const specs = [{ deadline: START + 5 }, { deadline: START + 9 }];
	const of = (metadata: Record<string, string>) =>
		planDeadline(promisedMs(metadata) ?? null, specs, START);
	assert.deepEqual(of({ sla_deadline_seconds: "60" }), {
		deadline: START + 60_000,
		source: "decision",
	});
	const longest = { deadline: START + 9, source: "longest-path" };
	assert.deepEqual(of({}), longest);
	for (const garbage of ["soon", "-5", "0", "NaN", "1e300", "Infinity"]) {
		const metadata = { sla_deadline_seconds: garbage };
		assert.equal(promisedMs(metadata), undefined, garbage);
		assert.deepEqual(of(metadata), longest, garbage);
	}
});

const times = {
	outcome: "completed" as const,
	deadline: START + 1_000,
	timeout_ms: 500,
	published_at: START,
	started_at: START + 100,
	finished_at: START + 400,
	actual_duration_ms: 200,
};

test("timesBroken: in time is nothing, late and too long are told with where the duration is from", () => {
	assert.deepEqual(timesBroken(times), []);
	assert.deepEqual(
		timesBroken({
			...times,
			finished_at: START + 1_300,
			actual_duration_ms: 700,
		}),
		[
			{ type: "DEADLINE_EXCEEDED", delay_ms: 300, duration_source: "reported" },
			{ type: "TIMEOUT", delay_ms: 200, duration_source: "reported" },
		],
	);
	assert.deepEqual(
		timesBroken({
			...times,
			finished_at: START + 800,
			actual_duration_ms: null,
		}),
		[{ type: "TIMEOUT", delay_ms: 200, duration_source: "measured" }],
	);
	assert.deepEqual(
		timesBroken({ ...times, outcome: "timed_out", finished_at: START + 900 }),
		[{ type: "TIMEOUT", delay_ms: 400, duration_source: "elapsed" }],
	);
});

test("timesBroken: a failed ticket that ran longer than it may is a violation", () =>
	assert.deepEqual(
		timesBroken({ ...times, outcome: "failed", actual_duration_ms: 501 }).map(
			({ type }) => type,
		),
		["TIMEOUT"],
	));

for (const outcome of ["skipped", "cancelled", null] as const)
	test(`timesBroken: ${outcome}: promised nothing any more`, () =>
		assert.deepEqual(
			timesBroken({ ...times, outcome, finished_at: START + 9_000 }),
			[],
		));

test("planTimesBroken: only plans that ran to an end can be late", () => {
	const plan = {
		status: "SUCCESS" as const,
		deadline: START,
		timed_out: false,
		started_at: START - 100,
		finished_at: START + 70,
	};
	assert.deepEqual(planTimesBroken(plan), [
		{ type: "DEADLINE_EXCEEDED", delay_ms: 70, duration_source: "elapsed" },
	]);
	assert.deepEqual(planTimesBroken({ ...plan, status: "CANCELLED" }), []);
	assert.deepEqual(planTimesBroken({ ...plan, finished_at: START }), []);
	assert.deepEqual(
		planTimesBroken({ ...plan, status: "FAILED", timed_out: true }).map(
			({ type }) => type,
		),
		["DEADLINE_EXCEEDED", "TIMEOUT"],
	);
});

test("violationRecords: one for each subject and type, the same again whenever they are made", () => {
	const both = planTimesBroken({
		...{ status: "FAILED", timed_out: true, deadline: START },
		...{ started_at: START - 100, finished_at: START + 70 },
	});
	const idsOf = (name: string) =>
		violationRecords(
			{
				...{ name, workflow_id: "w", plan_id: "p", ticket_id: null },
				...{ service_name: "s", sla_deadline: START, status: "FAILED" },
				...{ actual_completion: START, retry_count: 0 },
				budget_remaining: null,
			},
			both,
		).map(({ violation_id }) => violation_id);
	assert.equal(new Set([...idsOf("t-1"), ...idsOf("t-2")]).size, 4);
	assert.deepEqual(idsOf("t-1"), idsOf("t-1"));
});
