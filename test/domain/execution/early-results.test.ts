import assert from "node:assert/strict";
import { test } from "node:test";
import { applyResult } from "../../../src/domain/execution/apply-result.ts";
import {
	createExecution,
	restoreExecution,
} from "../../../src/domain/execution/open-execution.ts";
import {
	renewTickets,
	retireTickets,
} from "../../../src/domain/execution/rerun.ts";
import {
	type Execution,
	type ExecutionRules,
	stateOf,
	wireId,
} from "../../../src/domain/execution/state.ts";
import {
	advance,
	failPublications,
	markPublished,
	markTried,
	takeReady,
} from "../../../src/domain/execution/transitions.ts";
import type { TicketResult } from "../../../src/domain/plan-run.ts";
import {
	madeAtMs,
	publishReady,
	rules,
	standOf,
	TIMEOUT_MS,
	ticketOf,
	ticketsOf,
	v1,
} from "../../support/executions.ts";
import { someResult } from "../../support/plan-inputs.ts";
import type { TaskSketch } from "../../support/plans.ts";

/** The plan was approved, or came, at this moment. */
const dueFromMs = madeAtMs;
const longBefore = dueFromMs - 60_000;

function open(
	tasks: readonly TaskSketch[],
	changes: Partial<ExecutionRules> = {},
): Execution {
	const { specs } = ticketsOf(
		tasks.map(([id, needs]) => [id, needs ?? [], { estimated_duration_ms: 0 }]),
	);
	return createExecution("p-1", specs, { ...rules, ...changes }, dueFromMs);
}

function report(
	execution: Execution,
	task: string,
	attempt: number,
	received_at_ms: number,
	changes: Partial<TicketResult> = {},
) {
	const id = wireId(execution, ticketOf(execution, task), attempt);
	const result = someResult(id, { received_at_ms, ...changes });
	return applyResult(execution, result, madeAtMs + 100_000);
}

const pair: TaskSketch[] = [["a"], ["b", ["a"]]];

test("early results: what was received before the plan was approved is not of its tickets, whenever it is signalled", () => {
	for (const status of ["RUNNING", "COMPLETED", "FAILED"] as const) {
		const execution = open(pair, v1);
		assert.equal(report(execution, "a", 1, longBefore, { status }), "early");
		publishReady(execution, madeAtMs + 10);
		for (const task of ["a", "b"])
			assert.equal(report(execution, task, 1, longBefore, { status }), "early");
		assert.deepEqual(standOf(execution), { a: "running", b: "running" });
		// It does not stand in the way of the worker's own.
		const genuine = report(execution, "a", 1, madeAtMs + 20, { status });
		assert.equal(genuine, "applied");
	}
});

test("early results: nothing is believed of a ticket that nobody has tried to publish", () => {
	const execution = open(pair, v1);
	assert.equal(report(execution, "a", 1, madeAtMs + 1), "unknown");
	const publications = takeReady(execution);
	assert.equal(report(execution, "a", 1, madeAtMs + 1), "unknown");
	markTried(execution, publications);
	assert.equal(report(execution, "a", 1, madeAtMs + 1), "applied");
});

test("early results: what a lost workflow task has published needs no other publication", () => {
	const execution = open(pair);
	publishReady(execution, madeAtMs);
	report(execution, "a", 1, madeAtMs + 10);
	// Received with what let it go out: so it has not been out yet.
	assert.equal(report(execution, "b", 1, madeAtMs + 10), "unknown");
	assert.equal(report(execution, "b", 1, madeAtMs + 11), "applied");
	assert.deepEqual(takeReady(execution), []);
});

test("early results: a publication that was refused for good has no result", () => {
	const execution = open([["a"]]);
	const publications = takeReady(execution);
	markTried(execution, publications);
	const at = madeAtMs + 5;
	failPublications(execution, publications, { outcome: "failed", at });
	assert.equal(report(execution, "a", 1, madeAtMs + 6), "unknown");
	assert.equal(standOf(execution).a, "backing-off");
	advance(execution, madeAtMs + 1_000);
	const again = takeReady(execution);
	markTried(execution, again);
	failPublications(execution, again, { outcome: "failed", at: at + 1_000 });
	assert.equal(report(execution, "a", 2, madeAtMs + 2_000), "unknown");
});

test("early results: V2, a result from before the last dependency's end", () => {
	const execution = open([...pair, ["c", ["a", "b"]]]);
	publishReady(execution, madeAtMs);
	assert.equal(report(execution, "a", 1, madeAtMs + 10_000), "applied");
	publishReady(execution, madeAtMs + 20_000);
	assert.equal(report(execution, "b", 1, madeAtMs + 5_000), "early");
	assert.equal(report(execution, "b", 1, madeAtMs + 10_001), "applied");
	publishReady(execution, madeAtMs + 20_001);
	assert.equal(report(execution, "c", 1, madeAtMs + 9_000), "early");
	assert.equal(report(execution, "c", 1, madeAtMs + 10_002), "applied");
});

test("early results: a workflow task that is done again much later makes nothing early", () => {
	const execution = open(pair);
	publishReady(execution, madeAtMs);
	// All of it was received long before the moment at which it is entered now.
	assert.equal(report(execution, "a", 1, madeAtMs + 10), "applied");
	markTried(execution, takeReady(execution));
	assert.equal(report(execution, "b", 1, madeAtMs + 30), "applied");
});

test("early results: of an attempt that waits for its back-off", () => {
	const execution = open([["a"]], { maxAttempts: 3, retryBackoffMs: 20_000 });
	publishReady(execution, madeAtMs);
	report(execution, "a", 1, madeAtMs + 10, { status: "FAILED" });
	assert.equal(report(execution, "a", 2, madeAtMs + 20), "unknown");
	advance(execution, madeAtMs + 200_000);
	assert.equal(report(execution, "a", 2, madeAtMs + 20), "early");
	publishReady(execution, madeAtMs + 200_000);
	// 20 s after the receipt of the failure, by which a lost try would have gone.
	assert.equal(report(execution, "a", 2, madeAtMs + 20_010), "applied");
});

test("early results: of the attempt after a time-out", () => {
	const execution = open([["a"]]);
	publishReady(execution, madeAtMs);
	advance(execution, madeAtMs + 50_000);
	advance(execution, madeAtMs + 50_100);
	publishReady(execution, madeAtMs + 50_100);
	assert.equal(report(execution, "a", 2, madeAtMs + 20), "early");
	const dueMs = madeAtMs + TIMEOUT_MS + 100;
	assert.equal(report(execution, "a", 2, dueMs), "applied");
});

test("early results: two clocks may differ, but what lay on the retry topic was long before", () => {
	const execution = open([["a"]]);
	publishReady(execution, madeAtMs);
	const retried = { retried: true } as const;
	assert.equal(report(execution, "a", 1, dueFromMs - 1, retried), "early");
	assert.equal(report(execution, "a", 1, dueFromMs - 900), "applied");
	const other = open([["a"]]);
	publishReady(other, madeAtMs);
	assert.equal(report(other, "a", 1, dueFromMs, retried), "applied");
});

test("early results: of a generation that a rerun has opened", () => {
	const execution = open([["a"]]);
	publishReady(execution, madeAtMs);
	report(execution, "a", 1, madeAtMs + 1);
	retireTickets(execution, [0], "once more", madeAtMs + 50_000);
	renewTickets(execution, [0], madeAtMs + 50_000);
	publishReady(execution, madeAtMs + 50_000);
	assert.equal(report(execution, "a", 1, madeAtMs + 2), "early");
	assert.equal(report(execution, "a", 1, madeAtMs + 50_001), "applied");
});

test("early results: without a receipt, as of an earlier release, a result of what is out counts", () => {
	const execution = open(pair);
	publishReady(execution, madeAtMs);
	const first = someResult(wireId(execution, 0, 1));
	assert.equal(applyResult(execution, first, madeAtMs - 1), "applied");
	publishReady(execution, madeAtMs);
	// When its dependency ended nobody knows either.
	assert.equal(report(execution, "b", 1, longBefore), "applied");
});

test("early results: a fresh run knows from when on, and no longer than it has to", () => {
	const execution = open(pair);
	publishReady(execution, madeAtMs);
	const { planId, specs, rules, tickets } = execution;
	const carried = JSON.parse(JSON.stringify(tickets)) as Execution["tickets"];
	const fresh = restoreExecution(planId, specs, rules, carried);
	assert.equal(report(fresh, "a", 1, longBefore), "early");
	report(fresh, "a", 1, madeAtMs + 1);
	assert.ok(!JSON.stringify(stateOf(fresh, 0)).includes("dueFromMs"));
});

test("early results: a run recorded by an earlier release believes what it believed then", () => {
	const execution = open([["a"]]);
	const recorded = { believesOnlyDue: () => false, holdsTicket: () => false };
	const id = wireId(execution, 0, 1);
	const early = someResult(id, { received_at_ms: longBefore });
	assert.equal(applyResult(execution, early, madeAtMs, recorded), "applied");
	markPublished(execution, takeReady(execution), madeAtMs);
	assert.equal(standOf(execution).a, "completed");
});
