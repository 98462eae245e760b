import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type Execution,
	stateOf,
} from "../../../src/domain/execution/state.ts";
import {
	closeAtLimit,
	endTicket,
	markPublished,
	markTried,
	takeReady,
} from "../../../src/domain/execution/transitions.ts";
import {
	madeAtMs,
	newExecution,
	publishReady,
	standOf,
	ticketOf,
	v1,
} from "../../support/executions.ts";
import { chainOf, type TaskSketch } from "../../support/plans.ts";

const at = madeAtMs + 10;

/** Two branches from one root that meet, and one of its own. */
const tasks: TaskSketch[] = [
	["root"],
	["left", ["root"]],
	["leaf", ["left"]],
	["right", ["root"]],
	["meet", ["left", "right"]],
	["alone"],
];

function end(
	execution: Execution,
	taskId: string,
	outcome: "completed" | "failed" | "timed_out",
): void {
	endTicket(execution, ticketOf(execution, taskId), { outcome, at });
}

for (const outcome of ["failed", "timed_out"] as const)
	test(`endTicket: what is behind a ticket that ${outcome} is skipped, the others go on`, () => {
		const execution = newExecution(tasks);
		end(execution, "root", "completed");
		end(execution, "left", outcome);
		assert.deepEqual(standOf(execution), {
			root: "completed",
			left: outcome,
			leaf: "skipped",
			right: "ready",
			meet: "skipped",
			alone: "ready",
		});
		const { errorMessage, finishedAt } = stateOf(
			execution,
			ticketOf(execution, "meet"),
		);
		assert.equal(
			errorMessage,
			"skipped: it depends on task left, which did not complete",
		);
		assert.equal(finishedAt, at);
		assert.equal(execution.openCount, 2);
	});

test("endTicket: a skipped ticket is not released by its other dependency", () => {
	const execution = newExecution(tasks, v1);
	publishReady(execution, madeAtMs);
	end(execution, "left", "failed");
	end(execution, "right", "completed");
	assert.equal(standOf(execution).meet, "skipped");
	assert.equal(execution.ticking.has(ticketOf(execution, "meet")), false);
	// Under V1 it had been published; nobody waits for it any more.
	const { attempts } = stateOf(execution, ticketOf(execution, "meet"));
	assert.equal(attempts[0]?.end, "cancelled");
});

test("endTicket: the first end is the only one", () => {
	const execution = newExecution(tasks);
	end(execution, "root", "completed");
	end(execution, "root", "failed");
	assert.equal(standOf(execution).root, "completed");
	assert.equal(standOf(execution).left, "ready");
	assert.equal(execution.openCount, 5);
});

test("endTicket: compensation goes on past a failure", () => {
	const execution = newExecution(tasks, { onFailure: "go-on" });
	end(execution, "root", "failed");
	assert.equal(standOf(execution).left, "ready");
	assert.equal(execution.openCount, 5);
});

test("endTicket: a ticket whose publication is under way counts as published", () => {
	const execution = newExecution(tasks, v1);
	const publications = takeReady(execution);
	markTried(execution, publications);
	end(execution, "root", "failed");
	const { attempts } = stateOf(execution, ticketOf(execution, "leaf"));
	assert.equal(attempts[0]?.publishedAt, at);
	markPublished(execution, publications, madeAtMs + 3);
	assert.equal(attempts[0]?.publishedAt, madeAtMs + 3);
	assert.equal(standOf(execution).leaf, "skipped");
});

test("endTicket: one that was only in line, and not yet handed to Kafka, does not", () => {
	const execution = newExecution(tasks, v1);
	takeReady(execution);
	end(execution, "root", "failed");
	const { attempts } = stateOf(execution, ticketOf(execution, "leaf"));
	assert.equal(attempts[0]?.publishedAt, null);
});

test("endTicket: a failure at the root of 100,000 tasks skips each of them once", () => {
	const count = 100_000;
	const execution = newExecution(chainOf(count));
	publishReady(execution, madeAtMs);
	end(execution, "t0", "failed");
	assert.equal(execution.openCount, 0);
	assert.equal(stateOf(execution, count - 1).outcome, "skipped");
});

test("endTicket: many failures above the same 10,000 tasks visit those once", () => {
	const roots = Array.from({ length: 10_000 }, (_, index) => `r${index}`);
	const [first, ...rest] = chainOf(10_000);
	const execution = newExecution([
		...roots.map((id): TaskSketch => [id]),
		[first?.[0] ?? "", roots],
		...rest,
	]);
	for (const root of roots)
		endTicket(execution, Number(root.slice(1)), { outcome: "failed", at });
	assert.equal(execution.openCount, 0);
});

test("closeAtLimit: 20,000 published tickets of a chain end at once", () => {
	const count = 20_000;
	const execution = newExecution(chainOf(count), v1);
	publishReady(execution, madeAtMs);
	closeAtLimit(execution, at);
	assert.equal(execution.openCount, 0);
	assert.equal(stateOf(execution, count - 1).outcome, "timed_out");
});
