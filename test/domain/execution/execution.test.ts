import assert from "node:assert/strict";
import { test } from "node:test";
import { applyResult } from "../../../src/domain/execution/apply-result.ts";
import {
	createExecution,
	restoreExecution,
} from "../../../src/domain/execution/open-execution.ts";
import {
	newestAttempt,
	stateOf,
	type TicketState,
	wireId,
} from "../../../src/domain/execution/state.ts";
import { takeReady } from "../../../src/domain/execution/transitions.ts";
import { attemptId } from "../../../src/domain/ticket-ids.ts";
import {
	madeAtMs,
	newExecution,
	publishReady,
	rules,
	standOf,
	ticketsOf,
	v1,
} from "../../support/executions.ts";
import { someResult } from "../../support/plan-inputs.ts";
import type { TaskSketch } from "../../support/plans.ts";

const chain: TaskSketch[] = [["a"], ["b", ["a"]], ["c", ["b"]]];

test("createExecution: V1 has every ticket in line, V2 those that depend on nothing", () => {
	assert.deepEqual(standOf(newExecution(chain, v1)), {
		a: "ready",
		b: "ready",
		c: "ready",
	});
	const execution = newExecution(chain);
	assert.deepEqual(standOf(execution), {
		a: "ready",
		b: "waiting",
		c: "waiting",
	});
	assert.equal(execution.openCount, 3);
	assert.equal(execution.dirty.size, 3);
	assert.equal(newestAttempt(stateOf(execution, 1)), undefined);
});

test("wireId: the first attempt has the ticket's own id, later ones their own", () => {
	const execution = newExecution(chain);
	assert.equal(wireId(execution, 0, 1), execution.specs[0]?.ticket_id);
	const name = { planId: "p-1", taskId: "a", generation: 1, attempt: 2 };
	assert.equal(
		wireId(execution, 0, 2),
		attemptId({ ...name, compensation: false }),
	);
	const undoing = newExecution(chain, { compensation: true });
	assert.equal(
		wireId(undoing, 0, 2),
		attemptId({ ...name, compensation: true }),
	);
});

test("restoreExecution: knows every attempt's id, and what waits for what", () => {
	const execution = newExecution(chain);
	publishReady(execution, madeAtMs);
	const failure = someResult(wireId(execution, 0, 1), { status: "FAILED" });
	applyResult(execution, failure, madeAtMs + 1);
	const carried = JSON.parse(
		JSON.stringify(execution.tickets),
	) as TicketState[];
	const next = restoreExecution("p-1", execution.specs, rules, carried);
	assert.deepEqual(next.backingOff, new Set([0]));
	assert.deepEqual(next.remainingMs, execution.remainingMs);
	const late = someResult(wireId(next, 0, 1));
	assert.equal(applyResult(next, late, madeAtMs + 2), "applied");
	assert.deepEqual(standOf(next), { a: "completed", b: "ready", c: "waiting" });
});

test("restoreExecution: what was being published is in line again", () => {
	const execution = newExecution(chain, v1);
	takeReady(execution);
	const next = restoreExecution(
		"p-1",
		execution.specs,
		execution.rules,
		execution.tickets,
	);
	assert.deepEqual(
		takeReady(next).map(({ attempt }) => attempt),
		[1, 1, 1],
	);
});

test("createExecution: tasks named like words of the language are tasks like others", () => {
	const { specs } = ticketsOf([["__proto__"], ["constructor", ["__proto__"]]]);
	const execution = createExecution("p-1", specs, rules);
	publishReady(execution, madeAtMs);
	applyResult(execution, someResult(wireId(execution, 0, 1)), madeAtMs);
	assert.deepEqual(publishReady(execution, madeAtMs), ["constructor"]);
});
