import assert from "node:assert/strict";
import { test } from "node:test";
import { applyResult } from "../../../src/domain/execution/apply-result.ts";
import { brokenInvariant } from "../../../src/domain/execution/invariants.ts";
import {
	type ExecutionRules,
	wireId,
} from "../../../src/domain/execution/state.ts";
import { advance } from "../../../src/domain/execution/transitions.ts";
import { readResult } from "../../../src/domain/read-result.ts";
import {
	madeAtMs,
	newExecution,
	publishReady,
} from "../../support/executions.ts";
import { someResult } from "../../support/plan-inputs.ts";

/** One ticket with two attempts at most; the functions play its newest attempt. */
function play(rules: Partial<ExecutionRules> = { preemptionDelayMs: 5_000 }) {
	const execution = newExecution([["a"]], { maxAttempts: 2, ...rules });
	let nowMs = madeAtMs;
	return {
		execution,
		preempt() {
			publishReady(execution, nowMs);
			const attempt = execution.tickets[0]?.attempts.length ?? 0;
			const result = someResult(wireId(execution, 0, attempt), {
				...{ status: "FAILED", preempted: true },
				error_message: "preempted",
			});
			return applyResult(execution, result, nowMs);
		},
		pass(ms: number) {
			nowMs += ms;
			advance(execution, nowMs);
			return execution.tickets[0];
		},
	};
}

test("applyResult: a preempted attempt costs none of the ticket's, and the next one comes after the delay", () => {
	const { execution, preempt, pass } = play();
	assert.equal(preempt(), "preempted");
	assert.equal(pass(4_999)?.phase, "backing-off");
	assert.equal(pass(1)?.phase, "ready");
	// The second time it is a failure like any other.
	assert.equal(preempt(), "applied");
	assert.equal(pass(1_000)?.phase, "ready");
	assert.equal(preempt(), "applied");
	const { outcome, attempts } = execution.tickets[0] ?? {};
	assert.equal(outcome, "failed");
	assert.deepEqual(
		attempts?.map(({ preempted = false }) => preempted),
		[true, false, false],
	);
	assert.equal(brokenInvariant(execution), undefined);
});

test("applyResult: where nobody preempts, who says so has failed", () => {
	const { execution, preempt } = play({});
	assert.equal(preempt(), "applied");
	assert.equal(execution.tickets[0]?.attempts[0]?.uncounted, undefined);
});

test("readResult: a worker says it with the word, or in the metadata of a failure", () => {
	const preemptedBy = (record: object) => {
		const reading = readResult({ ticket_id: "t-1", ...record }, null);
		return reading.ok && reading.result.preempted === true;
	};
	const result = { metadata: { preempted: "true" } };
	assert.equal(preemptedBy({ status: "PREEMPTED" }), true);
	assert.equal(preemptedBy({ status: "FAILED", result }), true);
	assert.equal(preemptedBy({ status: "FAILED" }), false);
	assert.equal(preemptedBy({ status: "COMPLETED", result }), false);
});
