import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import { telemetryFrameSchema } from "../../schemas/telemetry-frame.ts";
import { consolidate } from "../../src/domain/consolidate.ts";
import { writable } from "../../src/domain/execution/state.ts";
import { endTicket } from "../../src/domain/execution/transitions.ts";
import {
	countTickets,
	createFrame,
	stageOf,
	withBudget,
} from "../../src/domain/plan-document.ts";
import { finalPlanStatuses } from "../../src/domain/plan-run.ts";
import {
	identity,
	madeAtMs,
	newExecution,
	publishReady,
} from "../support/executions.ts";

// contracts.md, "Steps of the earlier service"
const stages = [
	["VALIDATING", null, "initializing"],
	["VALIDATING", "C1", "validating_plan"],
	["AWAITING_APPROVAL", "C1", "validating_plan"],
	["RUNNING", "C2", "generating_tickets"],
	["RUNNING", "C3", "allocating_resources"],
	["PAUSED", "C4", "publishing_tickets"],
	["COMPENSATING", "C5", "consolidating_results"],
	["SUCCESS", "C6", "completed"],
	["PARTIAL", "C6", "completed"],
	["FAILED", "C6", "failed"],
	["CANCELLED", "C4", "cancelled"],
	["INVALID", "C1", "failed"],
	["REJECTED", "C1", "failed"],
	["EXPIRED", "C1", "failed"],
] as const;

for (const [status, step, stage] of stages)
	test(`stageOf: ${status} in ${step} is ${stage}`, () =>
		assert.equal(stageOf(status, step), stage));

function halfDone() {
	const execution = newExecution([["a"], ["b"], ["c", ["b"]]], {
		maxAttempts: 1,
	});
	publishReady(execution, madeAtMs);
	endTicket(execution, 0, { outcome: "completed", at: madeAtMs + 5 });
	return execution;
}

test("countTickets: counts what has ended so far, then what C5 decided", () => {
	const execution = halfDone();
	assert.deepEqual(countTickets(execution, undefined), {
		tickets_generated: 3,
		tickets_completed: 1,
		tickets_failed: 0,
		retries: 0,
	});
	endTicket(execution, 1, { outcome: "failed", at: madeAtMs + 6 });
	const result = consolidate(execution, false);
	// Undone since: the figures of C5 stand.
	for (const state of writable(execution).tickets)
		state.outcome = "compensated";
	const counted = countTickets(execution, result);
	assert.equal(counted.tickets_completed, 1);
	assert.equal(counted.tickets_failed, 2);
	assert.deepEqual(countTickets(undefined, undefined), {
		tickets_generated: 0,
		tickets_completed: 0,
		tickets_failed: 0,
		retries: 0,
	});
});

function frameOf(changes: Partial<Parameters<typeof createFrame>[0]> = {}) {
	return createFrame({
		frameId: "f-1",
		identity,
		result: consolidate(halfDone(), false),
		steps: [
			{ name: "C1", status: "completed", started_at: 1, duration_ms: 4 },
			{ name: "C6", status: "running", started_at: 9, duration_ms: null },
		],
		ticketIds: ["t-1"],
		slaDeadline: madeAtMs + 2_500,
		auditHead: { trail: madeAtMs, sequence: 2, hash: "a".repeat(64) },
		startedAt: madeAtMs,
		nowMs: madeAtMs + 1_000,
		...changes,
	});
}

test("createFrame: is the record of the contract, for every end of a plan", () => {
	for (const status of finalPlanStatuses) {
		const result = { ...consolidate(halfDone(), false), status };
		for (const slaDeadline of [null, 5])
			assert.ok(
				Value.Check(telemetryFrameSchema, frameOf({ result, slaDeadline })),
			);
	}
});

test("createFrame: says at its top level what its readers expect", () => {
	const frame = frameOf();
	assert.equal(frame.plan_id, "p-1");
	assert.equal(frame.workflow_id, "orch-p-1");
	assert.equal(frame.total_duration_ms, 1_000);
	assert.equal(frame.duration_ms, 1_000);
	assert.equal(frame.correlation_id, identity.correlation_id);
	assert.equal(frame.trace_id, identity.trace_id);
	assert.equal(frame.tickets_generated, 3);
	assert.equal(frame.tickets_completed, 1);
	assert.deepEqual(frame.steps, [
		{ name: "C1", status: "completed", duration_ms: 4 },
		{ name: "C6", status: "running", duration_ms: null },
	]);
	assert.equal(frame.metrics.sla_metrics.remaining_seconds, 1.5);
	assert.equal(frame.timestamp, new Date(madeAtMs + 1_000).toISOString());
});

test("createFrame: a plan that ended at once took time all the same", () =>
	assert.equal(frameOf({ nowMs: madeAtMs }).total_duration_ms, 1));

test("createFrame: its deadline approached when the warning's share of its time was gone at the end", () => {
	const approached = (nowMs: number, ratio?: number) => {
		const startedAt = madeAtMs - 7_500;
		const frame = frameOf({
			...{ startedAt, nowMs },
			...(ratio !== undefined && { slaWarning: { startedAt, ratio } }),
		});
		return frame.metrics.sla_metrics.deadline_approaching;
	};
	assert.equal(approached(madeAtMs + 499, 0.8), false);
	assert.equal(approached(madeAtMs + 500, 0.8), true);
	// Plans of earlier releases do not know the share.
	assert.equal(approached(madeAtMs + 2_499), false);
	assert.equal(approached(madeAtMs + 2_500), true);
});

test("withBudget: the frame says how the error budgets stand, and UNKNOWN when nobody knows", () => {
	const of = (worst: Parameters<typeof withBudget>[1]) => {
		const { metrics } = withBudget(frameOf(), worst, 0.2);
		const { budget_status, budget_critical } = metrics.sla_metrics;
		return [budget_status, budget_critical];
	};
	assert.deepEqual(of(undefined), ["UNKNOWN", false]);
	assert.deepEqual(of({ status: "WARNING", error_budget_remaining: 20 }), [
		"WARNING",
		false,
	]);
	assert.deepEqual(of({ status: "CRITICAL", error_budget_remaining: 19.9 }), [
		"CRITICAL",
		true,
	]);
});
