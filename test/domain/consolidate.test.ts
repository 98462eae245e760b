import assert from "node:assert/strict";
import { test } from "node:test";
import { consolidate } from "../../src/domain/consolidate.ts";
import { applyResult } from "../../src/domain/execution/apply-result.ts";
import {
	type Execution,
	wireId,
	writable,
} from "../../src/domain/execution/state.ts";
import {
	advance,
	cancelOpen,
	endTicket,
} from "../../src/domain/execution/transitions.ts";
import {
	madeAtMs,
	newExecution,
	publishReady,
	v1,
} from "../support/executions.ts";
import { someResult } from "../support/plan-inputs.ts";
import type { TaskSketch } from "../support/plans.ts";

const at = madeAtMs + 10;

/** So many tickets that depend on nothing, of which the first ones completed and the rest failed. */
function ended(completed: number, failed: number): Execution {
	const tasks = Array.from(
		{ length: completed + failed },
		(_, index): TaskSketch => [`t${index}`],
	);
	const execution = newExecution(tasks, { ...v1, maxAttempts: 1 });
	publishReady(execution, madeAtMs);
	tasks.forEach((_, ticket) => {
		const outcome = ticket < completed ? "completed" : "failed";
		endTicket(execution, ticket, { outcome, at });
	});
	return execution;
}

// protocol.md, C5: FAILED when more than half did not complete.
const verdicts: [completed: number, failed: number, status: string][] = [
	[1, 0, "SUCCESS"],
	[3, 0, "SUCCESS"],
	[2, 1, "PARTIAL"],
	[1, 1, "PARTIAL"],
	[2, 2, "PARTIAL"],
	[1, 2, "FAILED"],
	[2, 3, "FAILED"],
	[0, 1, "FAILED"],
];

for (const [completed, failed, status] of verdicts)
	test(`consolidate: ${completed} completed and ${failed} failed is ${status}`, () => {
		const result = consolidate(ended(completed, failed), false);
		assert.equal(result.status, status);
		assert.equal(result.metrics.total_tickets, completed + failed);
		assert.equal(result.metrics.successful_tickets, completed);
		assert.equal(result.metrics.failed_tickets, failed);
	});

test("consolidate: skipped tickets did not complete either", () => {
	const tasks: TaskSketch[] = [["a"], ["b", ["a"]], ["c", ["b"]], ["d"]];
	const execution = newExecution(tasks, { maxAttempts: 1 });
	publishReady(execution, madeAtMs);
	endTicket(execution, 0, { outcome: "timed_out", at });
	endTicket(execution, 3, { outcome: "completed", at });
	assert.equal(consolidate(execution, false).status, "FAILED");
});

test("consolidate: a cancelled plan is CANCELLED, whatever its tickets did", () => {
	assert.equal(consolidate(ended(3, 0), true).status, "CANCELLED");
	const execution = newExecution([["a"]]);
	cancelOpen(execution, "why not", at);
	const { status, consistent, metrics } = consolidate(execution, true);
	assert.equal(status, "CANCELLED");
	assert.ok(consistent);
	assert.equal(metrics.sla_violations, 0);
});

test("consolidate: durations are those the workers reported, retries are counted", () => {
	const execution = newExecution([["a"], ["b"]]);
	publishReady(execution, madeAtMs);
	const report = (
		ticket: number,
		attempt: number,
		more: Parameters<typeof someResult>[1],
	) => {
		const id = wireId(execution, ticket, attempt);
		applyResult(execution, someResult(id, more), at);
	};
	report(0, 1, { status: "FAILED", actual_duration_ms: 7 });
	report(1, 1, { actual_duration_ms: null });
	advance(execution, at + 100);
	publishReady(execution, at + 100);
	report(0, 2, { actual_duration_ms: 30 });
	const { metrics, status } = consolidate(execution, false);
	assert.equal(status, "SUCCESS");
	assert.equal(metrics.total_duration_ms, 30);
	assert.equal(metrics.total_retries, 1);
});

test("consolidate: a ticket that ended after its deadline violates its SLA", () => {
	const execution = ended(3, 1);
	const [first, second, , last] = writable(execution).tickets;
	const { deadline } = execution.specs[0] ?? { deadline: 0 };
	for (const state of [first, last]) if (state) state.finishedAt = deadline + 1;
	if (second) second.finishedAt = deadline;
	assert.equal(consolidate(execution, false).metrics.sla_violations, 2);
});

test("consolidate: errors are told up to a hundred, the rest is counted", () => {
	const leaves = Array.from({ length: 300 }, (_, at) => `l${at}`);
	const execution = newExecution(
		[...leaves.map((id): [string] => [id]), ["join", leaves]],
		v1,
	);
	publishReady(execution, madeAtMs);
	endTicket(execution, 300, { outcome: "completed", at });
	for (const leaf of leaves.keys())
		endTicket(execution, leaf, { outcome: "cancelled", at });
	const { errors } = consolidate(execution, false);
	assert.equal(errors.length, 101);
	assert.equal(errors.at(-1), "and 200 more like these");
});

test("consolidate: a ticket without outcome, or completed before its turn, is an inconsistency", () => {
	const execution = newExecution([["a"], ["b", ["a"]], ["c", ["b"]]], v1);
	publishReady(execution, madeAtMs);
	endTicket(execution, 1, { outcome: "completed", at });
	const { consistent, errors } = consolidate(execution, false);
	assert.equal(consistent, false);
	assert.equal(errors.length, 3);
	assert.match(errors.join("\n"), /has no outcome/);
	assert.match(errors.join("\n"), /completed, but ticket .* did not/);
	assert.ok(consolidate(ended(2, 1), false).consistent);
});
