import assert from "node:assert/strict";
import { test } from "node:test";
import { applyResult } from "../../../src/domain/execution/apply-result.ts";
import { restoreExecution } from "../../../src/domain/execution/open-execution.ts";
import {
	nextTicketId,
	planRerun,
	renewTickets,
	retireTickets,
	withNewestFormer,
} from "../../../src/domain/execution/rerun.ts";
import { type Execution, wireId } from "../../../src/domain/execution/state.ts";
import {
	markPublished,
	markTried,
	putBack,
	stillWanted,
	takeReady,
} from "../../../src/domain/execution/transitions.ts";
import {
	madeAtMs,
	newExecution,
	publishReady,
	standOf,
	ticketOf,
	ticketsOf,
	v1,
} from "../../support/executions.ts";
import { someResult } from "../../support/plan-inputs.ts";
import type { TaskSketch } from "../../support/plans.ts";

const nowMs = madeAtMs + 1_000;

/** a before b and c, which d joins; x on its own. */
const diamond: TaskSketch[] = [
	["a"],
	["b", ["a"]],
	["c", ["a"]],
	["d", ["b", "c"]],
	["x"],
];

function finish(execution: Execution, ...tasks: string[]): void {
	for (const task of tasks) {
		publishReady(execution, nowMs);
		const ticket = ticketOf(execution, task);
		const id = wireId(execution, ticket, 1);
		applyResult(execution, someResult(id), nowMs);
	}
}

function rerun(execution: Execution, task: string): string[] {
	const planned = planRerun(execution, task);
	assert.ok(planned.ok, JSON.stringify(planned));
	retireTickets(execution, planned.tickets, "again", nowMs);
	renewTickets(execution, planned.tickets, nowMs);
	return planned.tickets.map(
		(ticket) => execution.specs[ticket]?.task_id ?? "",
	);
}

function problemOf(execution: Execution, task: string): string {
	const planned = planRerun(execution, task);
	return planned.ok ? "" : planned.problem;
}

test("rerun: a task runs again with all that depends on it, and nothing else", () => {
	const execution = newExecution(diamond);
	finish(execution, "a", "b", "c", "d", "x");
	assert.equal(execution.openCount, 0);
	const before = ticketOf(execution, "b");
	const next = nextTicketId(execution, before);
	assert.deepEqual(rerun(execution, "b"), ["b", "d"]);
	assert.deepEqual(standOf(execution), {
		a: "completed",
		b: "ready",
		c: "completed",
		d: "waiting",
		x: "completed",
	});
	assert.equal(execution.openCount, 2);
	assert.equal(execution.specs[before]?.ticket_id, next);
	assert.deepEqual(
		execution.specs.map(({ generation }) => generation).sort(),
		[1, 1, 1, 2, 2],
	);
	finish(execution, "b", "d");
	assert.equal(execution.openCount, 0);
});

test("rerun: under V1 all of them go out at once", () => {
	const execution = newExecution(diamond, v1);
	finish(execution, "a", "b", "c", "d", "x");
	rerun(execution, "a");
	assert.deepEqual(publishReady(execution, nowMs).sort(), ["a", "b", "c", "d"]);
});

test("rerun: results of the generation before have no effect, also after a restore", () => {
	const execution = newExecution(diamond);
	finish(execution, "a", "x");
	const old = wireId(execution, ticketOf(execution, "a"), 1);
	rerun(execution, "a");
	rerun2(execution);
	const restored = restoreExecution(
		execution.planId,
		ticketsOf(
			diamond.map(([id, needs]) => [
				id,
				needs ?? [],
				{ estimated_duration_ms: 0 },
			]),
		).specs,
		execution.rules,
		structuredClone(execution.tickets),
	);
	for (const one of [execution, restored]) {
		assert.equal(applyResult(one, someResult(old), nowMs), "superseded");
		assert.equal(
			applyResult(one, someResult(old, { status: "RUNNING" }), nowMs),
			"ignored",
		);
		assert.equal(one.tickets[ticketOf(one, "a")]?.outcome, null);
	}
	assert.deepEqual(restored.specs, execution.specs);
	assert.deepEqual(restored.formerIds, execution.formerIds);
	assert.equal(restored.specs[ticketOf(restored, "a")]?.generation, 3);

	function rerun2(one: Execution) {
		publishReady(one, nowMs);
		rerun(one, "a");
	}
});

test("rerun: a publication that was on its way is of no concern to the next generation", () => {
	const execution = newExecution([["a"]]);
	const publications = takeReady(execution);
	markTried(execution, publications);
	rerun(execution, "a");
	assert.deepEqual(stillWanted(execution, publications), []);
	markPublished(execution, publications, nowMs);
	putBack(execution, publications);
	assert.deepEqual(standOf(execution), { a: "ready" });
	assert.equal(execution.tickets[0]?.attempts[0]?.publishedAt, null);
});

test("rerun: deadlines and ids are those of the new generation", () => {
	const execution = newExecution(diamond);
	finish(execution, "a", "b", "c", "d", "x");
	const [oldId] = [execution.specs[ticketOf(execution, "d")]?.ticket_id];
	rerun(execution, "b");
	const b = execution.specs[ticketOf(execution, "b")];
	const d = execution.specs[ticketOf(execution, "d")];
	assert.ok(b && d);
	assert.equal(b.deadline, nowMs + b.timeout_ms);
	assert.equal(d.deadline, b.deadline + d.timeout_ms);
	assert.notEqual(d.ticket_id, oldId);
});

test("rerun: refused for what is unknown, has not run yet, or rests on what is not completed", () => {
	const execution = newExecution([["a"], ["b", ["a"]], ["c", ["b"]]], {
		maxAttempts: 1,
	});
	assert.match(problemOf(execution, "z"), /no task z/);
	publishReady(execution, nowMs);
	assert.match(problemOf(execution, "b"), /first time/);
	const id = wireId(execution, ticketOf(execution, "a"), 1);
	applyResult(execution, someResult(id, { status: "FAILED" }), nowMs);
	assert.match(problemOf(execution, "c"), /rests on a.*rerun a/);
	assert.equal(problemOf(execution, "a"), "");
});

test("rerun: a ticket that also rests on what stays failed is skipped again", () => {
	const execution = newExecution([["a"], ["b"], ["c", ["a", "b"]]], {
		maxAttempts: 1,
	});
	finish(execution, "a");
	const id = wireId(execution, ticketOf(execution, "b"), 1);
	applyResult(execution, someResult(id, { status: "FAILED" }), nowMs);
	rerun(execution, "a");
	assert.deepEqual(standOf(execution), {
		a: "ready",
		b: "failed",
		c: "skipped",
	});
	finish(execution, "a");
	rerun(execution, "b");
	finish(execution, "b", "c");
	assert.deepEqual(standOf(execution), {
		a: "completed",
		b: "completed",
		c: "completed",
	});
});

test("rerun: what one run hands to the next does not grow with the reruns before", () => {
	let execution = newExecution([["a"]]);
	const { specs } = ticketsOf([["a", [], { estimated_duration_ms: 0 }]]);
	const ids: string[] = [];
	for (let time = 0; time < 100; time += 1) {
		publishReady(execution, nowMs);
		ids.push(wireId(execution, 0, 1));
		rerun(execution, "a");
		execution = restoreExecution(
			execution.planId,
			specs,
			execution.rules,
			structuredClone(execution.tickets).map(withNewestFormer),
		);
	}
	assert.equal(execution.specs[0]?.generation, 101);
	assert.equal(execution.tickets[0]?.renewal?.former.length, 10);
	const effects = ids.map((id) =>
		applyResult(execution, someResult(id), nowMs),
	);
	assert.ok(effects.slice(0, 90).every((effect) => effect === "unknown"));
	assert.ok(effects.slice(90).every((effect) => effect === "superseded"));
});
