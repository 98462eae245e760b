import assert from "node:assert/strict";
import { test } from "node:test";
import { applyResult } from "../../../src/domain/execution/apply-result.ts";
import { restoreExecution } from "../../../src/domain/execution/open-execution.ts";
import {
	type Execution,
	stateOf,
	wireId,
	writable,
} from "../../../src/domain/execution/state.ts";
import {
	advance,
	markPublished,
	markTried,
	type Publication,
	putBack,
	takeReady,
} from "../../../src/domain/execution/transitions.ts";
import type { ResultStatus } from "../../../src/domain/plan-run.ts";
import { toWireTicket } from "../../../src/domain/wire-ticket.ts";
import {
	identity,
	madeAtMs,
	newExecution,
	standOf,
	taskOf,
	ticketOf,
	ticketsOf,
	v1,
} from "../../support/executions.ts";
import { someResult } from "../../support/plan-inputs.ts";
import type { TaskSketch } from "../../support/plans.ts";

const { terms } = ticketsOf([["a"]]);
const pair: TaskSketch[] = [["a"], ["b", ["a"]]];

/** An execution that is moved as the workflow moves it, a millisecond a step. */
function begin(tasks: readonly TaskSketch[], changes = {}) {
	const game = { execution: newExecution(tasks, changes), nowMs: madeAtMs };
	const idOf = (task: string, attempt: number) =>
		wireId(game.execution, ticketOf(game.execution, task), attempt);
	return {
		game,
		idOf,
		/** Publishes what is ready; answers task and attempt of each. */
		publish(): string[] {
			const { execution } = game;
			const taken = takeReady(execution);
			markTried(execution, taken);
			markPublished(execution, taken, game.nowMs++);
			return taken.map((one) => `${taskOf(execution, one)}${one.attempt}`);
		},
		report(task: string, attempt: number, status: ResultStatus, changes = {}) {
			const result = someResult(idOf(task, attempt), { status, ...changes });
			return applyResult(game.execution, result, game.nowMs++);
		},
		/** Lets every back-off pass. */
		wait() {
			game.nowMs += 1_000;
			advance(game.execution, game.nowMs);
		},
		wire(task: string, attempt: number) {
			const ticket = ticketOf(game.execution, task);
			return toWireTicket(game.execution, ticket, attempt, identity, terms);
		},
		stand: () => standOf(game.execution),
	};
}

/** a fails and is tried again. */
function retryA({ report, wait, publish }: ReturnType<typeof begin>): void {
	report("a", 1, "FAILED");
	wait();
	assert.deepEqual(publish(), ["a2"]);
}

test("dependencies: V2 names the attempt that completed, and the logical ids beside it", () => {
	const world = begin(pair);
	world.publish();
	retryA(world);
	world.report("a", 2, "COMPLETED");
	assert.deepEqual(world.publish(), ["b1"]);
	const { dependencies, metadata } = world.wire("b", 1);
	assert.deepEqual(dependencies, [world.idOf("a", 2)]);
	assert.deepEqual(JSON.parse(metadata.logical_dependencies ?? ""), [
		world.idOf("a", 1),
	]);
});

test("dependencies: an earlier attempt that completed after all is the one to name", () => {
	const world = begin(pair);
	world.publish();
	retryA(world);
	world.report("a", 1, "COMPLETED");
	assert.deepEqual(world.publish(), ["b1"]);
	const { dependencies, metadata } = world.wire("b", 1);
	assert.deepEqual(dependencies, [world.idOf("a", 1)]);
	assert.ok(!("logical_dependencies" in metadata), "they are the same");
});

test("dependencies: V1, a worker gives up waiting: the ticket is held, nothing is counted", () => {
	const world = begin(pair, v1);
	assert.deepEqual(world.publish(), ["a1", "b1"]);
	const why = { error_message: "dependency timeout" };
	assert.equal(world.report("b", 1, "FAILED", why), "applied");
	assert.deepEqual(world.stand(), { a: "running", b: "waiting" });
	world.wait();
	assert.deepEqual(world.publish(), [], "not before its dependencies");
	world.report("a", 1, "COMPLETED");
	assert.deepEqual(world.publish(), ["b2"]);
	assert.deepEqual(world.wire("b", 2).dependencies, [world.idOf("a", 1)]);
	// Both of its attempts are still its own.
	world.report("b", 2, "FAILED");
	world.wait();
	assert.deepEqual(world.publish(), ["b3"]);
	world.report("b", 3, "FAILED");
	assert.equal(world.stand().b, "failed");
	const b = stateOf(world.game.execution, ticketOf(world.game.execution, "b"));
	assert.deepEqual(
		b.attempts.map(({ uncounted }) => uncounted === true),
		[true, false, false],
	);
});

test("dependencies: V1, a dependency that needed a second attempt does not block its dependants", () => {
	const world = begin(pair, v1);
	world.publish();
	retryA(world);
	// The worker asks for a1, which is FAILED for ever.
	world.report("b", 1, "FAILED");
	assert.equal(world.stand().b, "waiting");
	world.report("a", 2, "COMPLETED");
	assert.deepEqual(world.publish(), ["b2"]);
	assert.deepEqual(world.wire("b", 2).dependencies, [world.idOf("a", 2)]);
	world.report("b", 2, "COMPLETED");
	assert.deepEqual(world.stand(), { a: "completed", b: "completed" });
});

test("dependencies: the same failure that comes when the dependencies are done is not counted either", () => {
	const world = begin(pair, { ...v1, maxAttempts: 1 });
	world.publish();
	const { execution } = world.game;
	const { rules } = writable(execution);
	Object.assign(rules, { maxAttempts: 2 });
	retryA(world);
	Object.assign(rules, { maxAttempts: 1 });
	world.report("a", 2, "COMPLETED");
	world.report("b", 1, "FAILED");
	assert.deepEqual(world.publish(), ["b2"], "at once, without a back-off");
	world.report("b", 2, "FAILED");
	assert.equal(world.stand().b, "failed");
});

test("dependencies: V1, a failure whose dependencies have completed as named is an ordinary one", () => {
	const world = begin(pair, { ...v1, maxAttempts: 1 });
	world.publish();
	world.report("a", 1, "COMPLETED");
	world.report("b", 1, "FAILED");
	assert.equal(world.stand().b, "failed");
});

test("dependencies: a dead letter of the worker is held too", () => {
	const world = begin(pair, v1);
	world.publish();
	world.report("b", 1, "FAILED", { kind: "dead-letter" });
	assert.equal(world.stand().b, "waiting");
});

test("dependencies: a held ticket ends with the plan, or with what it depends on", () => {
	const world = begin(pair, { ...v1, maxAttempts: 1 });
	world.publish();
	world.report("b", 1, "FAILED");
	world.report("a", 1, "FAILED");
	assert.deepEqual(world.stand(), { a: "failed", b: "skipped" });
	assert.equal(world.game.execution.openCount, 0);
});

test("dependencies: what may be on the topic keeps the names it went out with", () => {
	const world = begin(pair, v1);
	const { execution } = world.game;
	const taken = takeReady(execution);
	markTried(execution, taken);
	markPublished(execution, taken.slice(0, 1), madeAtMs);
	putBack(execution, taken);
	retryA({
		...world,
		publish: () => world.publish().filter((one) => one !== "b1"),
	});
	assert.deepEqual(world.wire("b", 1).dependencies, [world.idOf("a", 1)]);
});

test("dependencies: what is to go out has the names of that moment", () => {
	const world = begin(pair, v1);
	const { execution } = world.game;
	const [a, b] = takeReady(execution) as [Publication, Publication];
	markTried(execution, [a]);
	markPublished(execution, [a], madeAtMs);
	putBack(execution, [b]);
	assert.deepEqual(world.wire("b", 1).dependencies, [world.idOf("a", 1)]);
	world.report("a", 1, "FAILED");
	world.wait();
	assert.deepEqual(world.wire("b", 1).dependencies, [world.idOf("a", 2)]);
	assert.deepEqual(world.publish(), ["b1", "a2"]);
	assert.deepEqual(world.wire("b", 1).dependencies, [world.idOf("a", 2)]);
});

test("dependencies: a fresh run knows what each attempt named", () => {
	const world = begin([...pair, ["c", ["b"]]], { ...v1, maxAttempts: 3 });
	world.publish();
	retryA(world);
	world.report("b", 1, "FAILED");
	world.report("a", 2, "COMPLETED");
	world.publish();
	const { planId, specs, rules, tickets } = world.game.execution;
	const carried = JSON.parse(JSON.stringify(tickets)) as Execution["tickets"];
	const before = world.wire("b", 2);
	world.game.execution = restoreExecution(planId, specs, rules, carried);
	assert.deepEqual(world.wire("b", 2), before);
	world.report("b", 2, "FAILED");
	assert.equal(world.stand().b, "backing-off", "its second, and counted");
});

test("dependencies: a run recorded by an earlier release takes an attempt, as it did then", () => {
	const world = begin(pair, v1);
	world.publish();
	const { execution, nowMs } = world.game;
	const failed = someResult(world.idOf("b", 1), { status: "FAILED" });
	applyResult(execution, failed, nowMs, {
		holdsTicket: () => false,
		believesOnlyDue: () => false,
	});
	assert.equal(world.stand().b, "backing-off");
});
