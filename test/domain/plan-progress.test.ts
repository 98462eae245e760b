import assert from "node:assert/strict";
import { test } from "node:test";
import { applyResult } from "../../src/domain/execution/apply-result.ts";
import { wireId } from "../../src/domain/execution/state.ts";
import { lastProgressAt, slackAt } from "../../src/domain/plan-progress.ts";
import { newExecution, publishReady, ticketOf } from "../support/executions.ts";
import { someResult } from "../support/plan-inputs.ts";

const estimated = (estimated_duration_ms: number) => ({
	estimated_duration_ms,
});

test("slackAt: the longest path of what is left must begin before the deadline", () => {
	const execution = newExecution([
		["a", [], estimated(100)],
		["b", ["a"], estimated(50)],
		["c", [], estimated(120)],
	]);
	assert.equal(slackAt(execution, 1_000), 850);
	publishReady(execution, 1);
	const ticket = ticketOf(execution, "a");
	applyResult(execution, someResult(wireId(execution, ticket, 1)), 2);
	// The longest path has lost its first task: now the single one is the longest.
	assert.equal(slackAt(execution, 1_000), 880);
	assert.equal(slackAt(execution, 10), 0);
});

test("lastProgressAt: steps and tickets count, whichever moved last", () => {
	const execution = newExecution([["a"], ["b", ["a"]]]);
	const facts = {
		createdAt: 10,
		finishedAt: null,
		steps: [
			{
				name: "C1",
				status: "completed",
				started_at: 10,
				duration_ms: 5,
			} as const,
		],
		executions: [execution],
	};
	assert.equal(lastProgressAt(facts), 15);
	publishReady(execution, 100);
	assert.equal(lastProgressAt(facts), 100);
	const ticket = ticketOf(execution, "a");
	applyResult(execution, someResult(wireId(execution, ticket, 1)), 200);
	assert.equal(lastProgressAt(facts), 200);
	assert.equal(lastProgressAt({ ...facts, finishedAt: 300 }), 300);
});

test("lastProgressAt: a worker's clock that is a year ahead does not move it", () => {
	const execution = newExecution([["a"]]);
	publishReady(execution, 100);
	const reported_at_ms = 365 * 86_400_000;
	const said = { status: "RUNNING", reported_at_ms } as const;
	applyResult(execution, someResult(wireId(execution, 0, 1), said), 200);
	const facts = { createdAt: 10, finishedAt: null, steps: [] };
	assert.equal(lastProgressAt({ ...facts, executions: [execution] }), 200);
});
