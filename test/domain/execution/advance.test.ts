import assert from "node:assert/strict";
import { test } from "node:test";
import { applyResult } from "../../../src/domain/execution/apply-result.ts";
import {
	type Execution,
	stateOf,
	wireId,
} from "../../../src/domain/execution/state.ts";
import {
	attemptTimeoutMs,
	nextDueAtMs,
} from "../../../src/domain/execution/ticket-clocks.ts";
import {
	advance,
	cancelOpen,
	closeAtLimit,
	failPublications,
	markPublished,
	markTried,
	putBack,
	shiftClocks,
	takeReady,
} from "../../../src/domain/execution/transitions.ts";
import type { ResultStatus } from "../../../src/domain/plan-run.ts";
import {
	madeAtMs,
	newExecution,
	publishReady,
	standOf,
	TIMEOUT_MS,
	ticketOf,
	v1,
} from "../../support/executions.ts";
import { someResult } from "../../support/plan-inputs.ts";
import type { TaskSketch } from "../../support/plans.ts";

const diamond: TaskSketch[] = [
	["a"],
	["b", ["a"]],
	["c", ["a"]],
	["d", ["b", "c"]],
];

function report(
	execution: Execution,
	taskId: string,
	status: ResultStatus,
	atMs: number,
): void {
	const ticket = ticketOf(execution, taskId);
	const { attempts } = stateOf(execution, ticket);
	const id = wireId(execution, ticket, attempts.length);
	applyResult(execution, someResult(id, { status }), atMs);
}

function clockOf(execution: Execution, taskId: string): number | null {
	return stateOf(execution, ticketOf(execution, taskId)).clockFromMs;
}

test("attemptTimeoutMs: 1.5 times the time-out for every try of the worker, and the queue's allowance", () => {
	const execution = newExecution(
		[["a", [], { estimated_duration_ms: 100_001 }]],
		{
			maxRetries: 2,
			queueAllowanceMs: 60_000,
		},
	);
	assert.equal(attemptTimeoutMs(execution, 0), 1_350_014 + 60_000);
});

test("attemptTimeoutMs: what a worker waits between its tries is not taken from its work", () => {
	const times = (maxRetries: number) =>
		attemptTimeoutMs(
			newExecution([["a"]], { maxRetries, workerBackoffMs: 2_000 }),
			0,
		) - attemptTimeoutMs(newExecution([["a"]], { maxRetries }), 0);
	// Low, medium, high, critical.
	assert.deepEqual([1, 2, 3, 5].map(times), [2_000, 6_000, 14_000, 62_000]);
});

test("takeReady: V1 takes all at once, in topological order", () => {
	const execution = newExecution(diamond, v1);
	assert.deepEqual(publishReady(execution, madeAtMs), ["a", "b", "c", "d"]);
	assert.deepEqual(publishReady(execution, madeAtMs), []);
});

test("takeReady: V2 takes what is free, the longest remaining path first", () => {
	const tasks: TaskSketch[] = [
		["short"],
		["long", [], { estimated_duration_ms: 50 }],
		["path"],
		["end", ["path"], { estimated_duration_ms: 100 }],
		["also-short"],
	];
	const execution = newExecution(tasks);
	assert.deepEqual(publishReady(execution, madeAtMs), [
		"path",
		"long",
		"short",
		"also-short",
	]);
	assert.deepEqual(publishReady(execution, madeAtMs), []);
	report(execution, "path", "COMPLETED", madeAtMs);
	assert.deepEqual(publishReady(execution, madeAtMs), ["end"]);
});

test("takeReady: V2 waits for the last dependency", () => {
	const execution = newExecution(diamond);
	publishReady(execution, madeAtMs);
	report(execution, "a", "COMPLETED", madeAtMs);
	assert.deepEqual(publishReady(execution, madeAtMs).sort(), ["b", "c"]);
	report(execution, "c", "COMPLETED", madeAtMs);
	assert.deepEqual(publishReady(execution, madeAtMs), []);
	report(execution, "b", "FAILED", madeAtMs);
	assert.deepEqual(publishReady(execution, madeAtMs), []);
	report(execution, "b", "COMPLETED", madeAtMs);
	assert.deepEqual(publishReady(execution, madeAtMs), ["d"]);
});

test("advance: an attempt times out at its time, not before, and is followed by another", () => {
	const execution = newExecution([["a"]]);
	publishReady(execution, madeAtMs);
	assert.equal(nextDueAtMs(execution), madeAtMs + TIMEOUT_MS);
	advance(execution, madeAtMs + TIMEOUT_MS - 1);
	assert.deepEqual(standOf(execution), { a: "running" });
	const timedOutAtMs = madeAtMs + TIMEOUT_MS + 30;
	advance(execution, timedOutAtMs);
	assert.deepEqual(standOf(execution), { a: "backing-off" });
	assert.equal(nextDueAtMs(execution), timedOutAtMs + 100);
	advance(execution, timedOutAtMs + 100);
	assert.deepEqual(publishReady(execution, timedOutAtMs + 100), ["a"]);
	advance(execution, timedOutAtMs + 100 + TIMEOUT_MS);
	assert.deepEqual(standOf(execution), { a: "timed_out" });
	assert.equal(nextDueAtMs(execution), undefined);
	assert.equal(
		stateOf(execution, 0).errorMessage,
		`timeout: attempt 2 (${wireId(execution, 0, 2)}) had no result within 2000 ms`,
	);
});

test("clocks: under V1 they begin at the later of publication and the last dependency's completion", () => {
	const execution = newExecution(diamond, v1);
	publishReady(execution, madeAtMs);
	assert.equal(clockOf(execution, "a"), madeAtMs);
	assert.equal(clockOf(execution, "d"), null);
	report(execution, "a", "COMPLETED", madeAtMs + 50);
	report(execution, "b", "COMPLETED", madeAtMs + 60);
	assert.equal(clockOf(execution, "d"), null);
	report(execution, "c", "COMPLETED", madeAtMs + 70);
	assert.equal(clockOf(execution, "d"), madeAtMs + 70);
	assert.equal(nextDueAtMs(execution), madeAtMs + 70 + TIMEOUT_MS);
});

test("clocks: a confirmation that comes after the dependency's completion does not turn them back", () => {
	const execution = newExecution([["a"], ["b", ["a"]]], v1);
	const publications = takeReady(execution);
	markTried(execution, publications);
	report(execution, "a", "COMPLETED", madeAtMs + 500);
	markPublished(execution, publications, madeAtMs + 10);
	assert.equal(clockOf(execution, "b"), madeAtMs + 500);
});

test("clocks: a worker's clock behind ours does not begin them before the publication", () => {
	const execution = newExecution([["a"], ["b", ["a"]]], v1);
	publishReady(execution, madeAtMs + 500);
	report(execution, "a", "COMPLETED", madeAtMs);
	assert.equal(clockOf(execution, "b"), madeAtMs + 500);
});

test("clocks: what waits in a worker does not time out", () => {
	const execution = newExecution([["a"], ["b", ["a"]]], v1);
	publishReady(execution, madeAtMs);
	report(execution, "a", "FAILED", madeAtMs + 1);
	advance(execution, madeAtMs + 100 * TIMEOUT_MS);
	assert.equal(standOf(execution).b, "running");
});

test("shiftClocks: time-outs and back-offs go on where the pause began", () => {
	const execution = newExecution([["a"], ["b"]]);
	publishReady(execution, madeAtMs);
	report(execution, "b", "FAILED", madeAtMs + 10);
	shiftClocks(execution, madeAtMs + 30, madeAtMs + 10_030);
	assert.equal(clockOf(execution, "a"), madeAtMs + 10_000);
	assert.equal(
		stateOf(execution, ticketOf(execution, "b")).nextAttemptAtMs,
		madeAtMs + 10_110,
	);
});

test("shiftClocks: what began during the pause begins when it ends", () => {
	const execution = newExecution([["a"], ["b"], ["c", ["b"]]], v1);
	publishReady(execution, madeAtMs);
	report(execution, "a", "FAILED", madeAtMs + 9_000);
	report(execution, "b", "COMPLETED", madeAtMs + 9_000);
	shiftClocks(execution, madeAtMs + 30, madeAtMs + 10_030);
	const a = stateOf(execution, ticketOf(execution, "a"));
	assert.equal(a.nextAttemptAtMs, madeAtMs + 10_030 + 100);
	assert.equal(clockOf(execution, "c"), madeAtMs + 10_030);
});

test("closeAtLimit: the published time out for good, the others are skipped, the ended stay", () => {
	const execution = newExecution([["z"], ...diamond]);
	publishReady(execution, madeAtMs);
	report(execution, "z", "COMPLETED", madeAtMs + 1);
	report(execution, "a", "FAILED", madeAtMs + 1);
	closeAtLimit(execution, madeAtMs + 5);
	assert.deepEqual(standOf(execution), {
		z: "completed",
		a: "timed_out",
		b: "skipped",
		c: "skipped",
		d: "skipped",
	});
	for (const { outcome, errorMessage } of execution.tickets) {
		if (outcome === "skipped") assert.match(errorMessage ?? "", /^skipped: /);
		// Clients tell time-outs by this word.
		if (outcome !== "completed") assert.match(errorMessage ?? "", /timeout/);
	}
	assert.equal(execution.openCount, 0);
	assert.equal(nextDueAtMs(execution), undefined);
});

test("closeAtLimit: under V1 every open ticket was published", () => {
	const execution = newExecution(diamond, v1);
	publishReady(execution, madeAtMs);
	report(execution, "a", "COMPLETED", madeAtMs + 1);
	closeAtLimit(execution, madeAtMs + 5);
	const { a, ...rest } = standOf(execution);
	assert.equal(a, "completed");
	assert.deepEqual(new Set(Object.values(rest)), new Set(["timed_out"]));
	const ends = execution.tickets.map(({ attempts }) => attempts[0]?.end);
	assert.deepEqual(ends, ["completed", "timed_out", "timed_out", "timed_out"]);
});

test("cancelOpen: open tickets end as cancelled, and what comes later is late", () => {
	const execution = newExecution(diamond);
	publishReady(execution, madeAtMs);
	cancelOpen(execution, "wrong plan", madeAtMs + 5);
	assert.deepEqual(
		new Set(Object.values(standOf(execution))),
		new Set(["cancelled"]),
	);
	for (const { errorMessage } of execution.tickets)
		assert.equal(errorMessage, "cancelled: wrong plan");
	const late = someResult(wireId(execution, 0, 1));
	assert.equal(applyResult(execution, late, madeAtMs + 6), "late");
	assert.deepEqual(takeReady(execution), []);
});

test("failPublications: what was refused for good has failed; nothing behind it is published", () => {
	const execution = newExecution(diamond, { ...v1, maxAttempts: 1 });
	failPublications(execution, takeReady(execution), {
		outcome: "failed",
		at: madeAtMs,
		errorMessage: "too large",
	});
	const { a, ...rest } = standOf(execution);
	assert.equal(a, "failed");
	assert.deepEqual(new Set(Object.values(rest)), new Set(["skipped"]));
	assert.equal(stateOf(execution, 0).errorMessage, "too large");
});

test("failPublications: a ticket that the end of another in the same batch has skipped stays skipped", () => {
	const chain: TaskSketch[] = [["a"], ["b", ["a"]]];
	const execution = newExecution(chain, { ...v1, maxAttempts: 2 });
	const [a, b] = takeReady(execution);
	assert.ok(a && b);
	markPublished(execution, [a], madeAtMs);
	const failed = someResult(wireId(execution, 0, 1), { status: "FAILED" });
	applyResult(execution, failed, madeAtMs + 1);
	const dueAtMs = nextDueAtMs(execution) ?? 0;
	advance(execution, dueAtMs);
	putBack(execution, [b]);
	// The second attempt of a, then the first of b: a ends, and b with it.
	const refused = { outcome: "failed", at: dueAtMs } as const;
	failPublications(execution, takeReady(execution), refused);
	assert.deepEqual(standOf(execution), { a: "failed", b: "skipped" });
	assert.equal(nextDueAtMs(execution), undefined);
	assert.equal(execution.backingOff.size, 0);
	assert.equal(stateOf(execution, 1).phase, "ended");
});
