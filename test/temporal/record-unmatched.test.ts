import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type Client,
	WorkflowExecutionAlreadyStartedError,
} from "@temporalio/client";
import type { UnmatchedAnswer } from "../../src/domain/approvals.ts";
import { createAcceptApprovals } from "../../src/plans/accept-approval.ts";
import { recordUnmatched } from "../../src/temporal/record-unmatched.ts";
import type { TemporalCalls } from "../../src/temporal/temporal-calls.ts";
import { keepMetrics } from "../support/intake-stand-ins.ts";

function someAnswer(n: number, reason: string | null = null): UnmatchedAnswer {
	return {
		answer_id: `answer-${n}`,
		plan_id: "p",
		decision: "approved",
		approved_by: "eve",
		approved_at: null,
		reason,
		plan_hash: null,
		why: "PLAN_UNKNOWN",
		detail: "not found",
		source: null,
	};
}

const manyAnswers = (count: number, reason?: string) =>
	Array.from({ length: count }, (_, n) => someAnswer(n, reason));

/** Temporal, which starts nothing twice. */
function temporal() {
	const starts = new Map<string, UnmatchedAnswer[]>();
	const workflow = {
		async start(
			type: string,
			options: { workflowId: string; args: [UnmatchedAnswer[]] },
		) {
			const { workflowId, args } = options;
			if (starts.has(workflowId))
				throw new WorkflowExecutionAlreadyStartedError("x", workflowId, type);
			starts.set(workflowId, args.flat());
		},
	};
	const calls: TemporalCalls = (_, call) =>
		call({ workflow } as unknown as Client);
	const record = (answers: readonly UnmatchedAnswer[]) =>
		recordUnmatched(calls, "queue", answers);
	return { starts, record };
}

test("recordUnmatched: many answers are few workflows, and none is left out", async () => {
	const { starts, record } = temporal();
	const answers = manyAnswers(3_000);
	const newIds = await record(answers);
	assert.equal(starts.size, 12);
	assert.deepEqual([...starts.values()].flat(), answers);
	assert.equal(newIds.size, 3_000);
	assert.deepEqual(await record(answers), new Set(), "again, to no effect");
	assert.equal(starts.size, 12);
});

test("recordUnmatched: what one workflow takes is bounded by bytes as well", async () => {
	const { starts, record } = temporal();
	const answers = manyAnswers(250, "x".repeat(9_000));
	await record(answers);
	assert.deepEqual([...starts.values()].flat(), answers);
	for (const part of starts.values())
		assert.ok(JSON.stringify(part).length < 1_000_000);
});

test("recordUnmatched: a single answer is known again, whatever came with it", async () => {
	const { record } = temporal();
	assert.equal((await record([someAnswer(1)])).size, 1);
	assert.equal((await record([someAnswer(1)])).size, 0);
	assert.equal((await record([])).size, 0);
});

test("accept approvals: the answers of a batch for a plan nobody knows ask Temporal once", async () => {
	const metrics = keepMetrics();
	let asked = 0;
	const { accept, record } = createAcceptApprovals({
		plans: {
			async answerApproval(answer, source) {
				asked += 1;
				const { why, detail } = someAnswer(0);
				const unmatched = { ...answer, why, detail, source };
				return { kind: "unmatched", answer: unmatched };
			},
			recordUnmatched: temporal().record,
		},
		metrics,
	});
	const unknown = new Map();
	const kept: UnmatchedAnswer[] = [];
	for (const approved_by of ["eve", "mallory", "eve"]) {
		const source = { topic: "t", partition: 0, offset: "1" };
		const value = { plan_id: "p", decision: "approved", approved_by };
		const outcome = await accept(value, source, unknown);
		if (outcome.kind === "unmatched") kept.push(outcome.answer);
	}
	assert.equal(asked, 1);
	assert.equal(kept.length, 3);
	await record(kept);
	assert.deepEqual(metrics.lines, [
		"approvalAnswer unmatched",
		"approvalAnswer unmatched",
		"approvalAnswer duplicate",
		"duplicates approval_consumer",
	]);
});
