import assert from "node:assert/strict";
import { test } from "node:test";
import { applyResult } from "../../../src/domain/execution/apply-result.ts";
import {
	type Execution,
	type ExecutionRules,
	type TicketState,
	wireId,
} from "../../../src/domain/execution/state.ts";
import {
	advance,
	markTried,
	putBack,
	takeReady,
} from "../../../src/domain/execution/transitions.ts";
import type { ResultStatus } from "../../../src/domain/plan-run.ts";
import {
	madeAtMs,
	newExecution,
	publishReady,
	standOf,
	TIMEOUT_MS,
} from "../../support/executions.ts";
import { someResult } from "../../support/plan-inputs.ts";

const nowMs = madeAtMs + 10;

/** One ticket, published; the functions report on one of its attempts. */
function openTicket(changes: Partial<ExecutionRules> = {}) {
	const execution = newExecution([["a"]], changes);
	publishReady(execution, madeAtMs);
	const report = (
		attempt: number,
		status: ResultStatus,
		more: Parameters<typeof someResult>[1] = {},
	) => {
		const id = wireId(execution, 0, attempt);
		return applyResult(execution, someResult(id, { status, ...more }), nowMs);
	};
	return { execution, report, state: execution.tickets[0] as TicketState };
}

/** Lets the ticket's back-off pass and its next attempt go out. */
function retry(execution: Execution): void {
	advance(execution, nowMs + 100_000);
	publishReady(execution, nowMs + 100_000);
}

test("applyResult: RUNNING sets the start and the agent, and is not the end", () => {
	const { execution, report, state } = openTicket();
	assert.equal(state.startedAt, null, "nobody says that it has begun");
	const said = { agent_id: "agent-7", reported_at_ms: madeAtMs + 3 };
	assert.equal(report(1, "RUNNING", said), "applied");
	assert.equal(state.startedAt, madeAtMs + 3);
	assert.equal(state.agentId, "agent-7");
	assert.deepEqual(standOf(execution), { a: "running" });
});

test("applyResult: RUNNING without agent or clock is entered once all the same", () => {
	const { report, state } = openTicket();
	const said = { agent_id: null, reported_at_ms: null };
	assert.equal(report(1, "RUNNING", said), "applied");
	assert.equal(state.startedAt, nowMs);
	assert.equal(report(1, "RUNNING", { reported_at_ms: 5 }), "duplicate");
	assert.equal(state.startedAt, nowMs);
});

test("applyResult: a worker's clock that is wrong: its work began between publication and receipt", () => {
	const year = 365 * 86_400_000;
	for (const [reported_at_ms, startedAt] of [
		[madeAtMs - year, madeAtMs],
		[madeAtMs + 4, madeAtMs + 4],
		[madeAtMs + year, nowMs - 2],
	] as const) {
		const { report, state } = openTicket();
		report(1, "RUNNING", { reported_at_ms, received_at_ms: nowMs - 2 });
		assert.equal(state.startedAt, startedAt);
	}
});

test("applyResult: a receipt after the workflow's own moment counts as that moment", () => {
	const { report, state } = openTicket();
	const said = { reported_at_ms: null, received_at_ms: nowMs + 5_000 };
	report(1, "RUNNING", said);
	assert.equal(state.startedAt, nowMs);
});

test("applyResult: without a report of its beginning, work began no later than its end is told", () => {
	for (const status of ["COMPLETED", "FAILED"] as const) {
		const { report, state } = openTicket();
		report(1, status);
		assert.equal(state.startedAt, nowMs);
	}
	const { execution, state } = openTicket({ maxAttempts: 1 });
	advance(execution, madeAtMs + TIMEOUT_MS);
	assert.equal(state.outcome, "timed_out");
	assert.equal(state.startedAt, null, "nobody knows that it ever began");
});

test("applyResult: COMPLETED ends the ticket with what the worker said", () => {
	const { execution, report, state } = openTicket();
	const source = { topic: "execution.results", partition: 1, offset: "9" };
	const output = { artifact: "x" };
	assert.equal(
		report(1, "COMPLETED", { actual_duration_ms: 77, output, source }),
		"applied",
	);
	assert.deepEqual(standOf(execution), { a: "completed" });
	assert.equal(state.finishedAt, nowMs);
	assert.equal(state.actualDurationMs, 77);
	assert.deepEqual(state.output, output);
	assert.deepEqual(state.attempts[0]?.source, source);
	assert.equal(execution.openCount, 0);
});

test("applyResult: FAILED of the newest attempt is followed by another until they are used up", () => {
	const { execution, report, state } = openTicket();
	assert.equal(report(1, "FAILED", { error_message: "no disk" }), "applied");
	assert.equal(state.phase, "backing-off");
	assert.equal(state.nextAttemptAtMs, nowMs + 100);
	assert.equal(state.errorMessage, "no disk");
	retry(execution);
	assert.equal(report(2, "FAILED", { error_message: null }), "applied");
	assert.deepEqual(standOf(execution), { a: "failed" });
	assert.equal(state.errorMessage, "the worker gave no reason");
	assert.equal(state.attempts.length, 2);
});

test("applyResult: the back-off is doubled each time", () => {
	const { execution, report, state } = openTicket({ maxAttempts: 4 });
	for (const [attempt, backoffMs] of [
		[1, 100],
		[2, 200],
		[3, 400],
	] as const) {
		report(attempt, "FAILED");
		assert.equal(state.nextAttemptAtMs, nowMs + backoffMs);
		retry(execution);
	}
});

test("applyResult: a dead letter is the failure of its attempt", () => {
	const { report, state } = openTicket({ maxAttempts: 1 });
	const letter = { kind: "dead-letter", error_message: "given up" } as const;
	assert.equal(report(1, "FAILED", letter), "applied");
	assert.equal(state.outcome, "failed");
	assert.equal(report(1, "FAILED"), "duplicate");
});

test("applyResult: COMPLETED of an attempt that had failed, was replaced or timed out completes the ticket", () => {
	for (const end of ["failed", "replaced", "timed-out"]) {
		const { execution, report, state } = openTicket();
		if (end === "timed-out") advance(execution, madeAtMs + TIMEOUT_MS);
		else report(1, "FAILED");
		if (end === "replaced") retry(execution);
		assert.equal(report(1, "COMPLETED"), "applied");
		assert.deepEqual(standOf(execution), { a: "completed" });
		assert.equal(state.attempts[0]?.end, "completed");
		assert.equal(state.errorMessage, null);
		// Nobody waits for the other attempt any more.
		assert.ok(state.attempts.every((attempt) => attempt.end !== null));
	}
});

test("applyResult: FAILED of an older attempt has no effect", () => {
	const { execution, report, state } = openTicket();
	advance(execution, madeAtMs + TIMEOUT_MS);
	retry(execution);
	assert.equal(report(1, "FAILED"), "superseded");
	assert.equal(state.phase, "running");
	assert.equal(state.attempts[0]?.end, "timed_out");
});

test("applyResult: FAILED after the time-out of the same attempt is a later end of it", () => {
	const { execution, report, state } = openTicket();
	advance(execution, madeAtMs + TIMEOUT_MS);
	assert.equal(report(1, "FAILED"), "duplicate");
	assert.equal(state.attempts[0]?.end, "timed_out");
	assert.equal(state.phase, "backing-off");
});

test("applyResult: what comes after the end is late, RUNNING is ignored", () => {
	const { execution, report } = openTicket({ maxAttempts: 1 });
	report(1, "FAILED");
	const before = standOf(execution);
	assert.equal(report(1, "COMPLETED"), "late");
	assert.equal(report(1, "RUNNING"), "ignored");
	assert.deepEqual(standOf(execution), before);

	const other = openTicket();
	other.report(1, "COMPLETED");
	assert.equal(other.report(1, "FAILED"), "late");
	assert.deepEqual(standOf(other.execution), { a: "completed" });
});

test("applyResult: the same again is a duplicate, before and after the end, with effect or without", () => {
	const { execution, report } = openTicket();
	for (const status of ["RUNNING", "FAILED"] as const) {
		report(1, status);
		assert.equal(report(1, status), "duplicate");
	}
	retry(execution);
	report(2, "COMPLETED");
	for (const [attempt, status] of [
		[1, "RUNNING"],
		[1, "FAILED"],
		[2, "COMPLETED"],
	] as const)
		assert.equal(report(attempt, status), "duplicate");
	assert.equal(report(1, "COMPLETED"), "late");
	assert.equal(report(1, "COMPLETED"), "duplicate");
});

test("applyResult: an id of no attempt of this plan is unknown", () => {
	const { execution, report } = openTicket();
	assert.equal(report(2, "COMPLETED"), "unknown");
	for (const id of ["", "__proto__", "nobody"])
		assert.equal(applyResult(execution, someResult(id), nowMs), "unknown");
});

test("applyResult: a result may be faster than the confirmation of its publication", () => {
	const execution = newExecution([["a"]]);
	const publications = takeReady(execution);
	markTried(execution, publications);
	const state = execution.tickets[0] as TicketState;
	const id = wireId(execution, 0, 1);
	applyResult(execution, someResult(id, { status: "FAILED" }), nowMs);
	assert.equal(state.phase, "backing-off");
	// The publication was given up, although it had happened.
	putBack(execution, publications);
	assert.deepEqual(takeReady(execution), []);
	assert.equal(state.attempts[0]?.publishedAt, nowMs);
	assert.equal(state.startedAt, nowMs);
});

test("applyResult: a ticket in line for publication again that failed waits for its back-off", () => {
	const execution = newExecution([["a"]]);
	const publications = takeReady(execution);
	markTried(execution, publications);
	putBack(execution, publications);
	const id = wireId(execution, 0, 1);
	applyResult(execution, someResult(id, { status: "FAILED" }), nowMs);
	assert.deepEqual(takeReady(execution), []);
	advance(execution, nowMs + 100);
	assert.deepEqual(takeReady(execution), [
		{ ticket: 0, attempt: 2, generation: 1 },
	]);
});
