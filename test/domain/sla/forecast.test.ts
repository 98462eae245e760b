import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyResult } from "../../../src/domain/execution/apply-result.ts";
import {
	type Execution,
	specOf,
	stateOf,
	wireId,
} from "../../../src/domain/execution/state.ts";
import { forecastPlan } from "../../../src/domain/sla/forecast.ts";
import {
	anyMove,
	anyPlan,
	openGame,
	play,
} from "../../support/execution-moves.ts";
import {
	madeAtMs,
	newExecution,
	publishReady,
	ticketOf,
} from "../../support/executions.ts";
import { someResult } from "../../support/plan-inputs.ts";
import { chainOf } from "../../support/plans.ts";

const estimated = (estimated_duration_ms: number) => ({
	estimated_duration_ms,
});
const NOW = madeAtMs;

/** a (100) before b (50); c (120) by itself. */
const twoPaths = () =>
	newExecution([
		["a", [], estimated(100)],
		["b", ["a"], estimated(50)],
		["c", [], estimated(120)],
	]);

function complete(execution: Execution, task: string, atMs: number): void {
	const id = wireId(execution, ticketOf(execution, task), 1);
	applyResult(execution, someResult(id), atMs);
}

test("forecastPlan: the longest path that is left, by its tasks' names", () => {
	const execution = twoPaths();
	assert.deepEqual(forecastPlan(execution, NOW + 200, NOW), {
		at: NOW,
		predicted_end: NOW + 150,
		remaining_ms: 150,
		late_from: NOW + 50,
		path: ["a", "b"],
		path_length: 2,
	});
});

test("forecastPlan: a running ticket's time is used up, an overdue one may end at any moment", () => {
	const execution = twoPaths();
	publishReady(execution, NOW);
	const deadline = NOW + 200;
	assert.equal(
		forecastPlan(execution, deadline, NOW + 60)?.predicted_end,
		NOW + 150,
	);
	// `a` should have ended at 100, `c` at 120; behind `a` there are 50 still to come.
	const late = forecastPlan(execution, deadline, NOW + 180);
	assert.equal(late?.predicted_end, NOW + 230);
	assert.deepEqual(late?.path, ["a", "b"]);
	assert.equal(late?.late_from, NOW + 150);
	complete(execution, "a", NOW + 181);
	publishReady(execution, NOW + 182);
	assert.equal(
		forecastPlan(execution, deadline, NOW + 182)?.predicted_end,
		NOW + 232,
	);
});

test("forecastPlan: recovers when a task is faster than its estimate", () => {
	const execution = twoPaths();
	publishReady(execution, NOW);
	const deadline = NOW + 140;
	const before = forecastPlan(execution, deadline, NOW + 1);
	assert.ok((before?.predicted_end ?? 0) > deadline);
	complete(execution, "a", NOW + 10);
	const after = forecastPlan(execution, deadline, NOW + 10);
	assert.ok((after?.predicted_end ?? Infinity) <= deadline);
});

test("forecastPlan: nothing is left of a plan whose tickets have ended", () => {
	const execution = newExecution([["a"]]);
	publishReady(execution, NOW);
	complete(execution, "a", NOW + 1);
	assert.equal(forecastPlan(execution, NOW, NOW + 2), null);
});

test("forecastPlan: names the first tasks of a long path and how many there are", () => {
	const forecast = forecastPlan(newExecution(chainOf(500)), NOW, NOW);
	assert.equal(forecast?.path_length, 500);
	assert.equal(forecast?.path.length, 20);
	assert.equal(forecast?.path[0], "t0");
});

/** Every open ticket's end, one after the other, without a closed form. */
function playedEnd(execution: Execution, nowMs: number): number | undefined {
	const ends = new Map<number, number>();
	const endOf = (ticket: number): number => {
		const known = ends.get(ticket);
		if (known !== undefined) return known;
		const { outcome, phase, missing, clockFromMs, nextAttemptAtMs } = stateOf(
			execution,
			ticket,
		);
		const { estimated_duration_ms, dependencies } = specOf(execution, ticket);
		let end = nowMs;
		if (outcome === null) {
			if (phase === "running" && missing <= 0 && clockFromMs !== null)
				end = Math.max(nowMs, clockFromMs + estimated_duration_ms);
			else {
				const begin = Math.max(
					nowMs,
					nextAttemptAtMs ?? 0,
					...dependencies.map(endOf),
				);
				end = begin + estimated_duration_ms;
			}
		}
		ends.set(ticket, end);
		return end;
	};
	const open = execution.tickets.flatMap(({ outcome }, ticket) =>
		outcome === null ? [endOf(ticket)] : [],
	);
	return open.length === 0 ? undefined : Math.max(...open);
}

const anyTimedPlan = fc
	.tuple(anyPlan, fc.array(fc.nat(2_000), { minLength: 6, maxLength: 6 }))
	.map(([{ tasks, rules }, durations]) => ({
		rules: { ...rules, dispatch: "as-ready" as const },
		tasks: tasks.map(
			([id, needs = []], index) =>
				[id, needs, estimated(durations[index] ?? 0)] as const,
		),
	}));

test("forecastPlan: agrees with playing every open ticket to its end", () =>
	fc.assert(
		fc.property(
			anyTimedPlan,
			fc.array(anyMove, { maxLength: 40 }),
			(plan, moves) => {
				const game = openGame({
					...plan,
					tasks: plan.tasks.map((one) => [...one]),
				});
				for (const move of moves) {
					play(game, move);
					const { execution, nowMs } = game;
					const forecast = forecastPlan(execution, nowMs + 1_500, nowMs);
					assert.equal(forecast?.predicted_end, playedEnd(execution, nowMs));
				}
			},
		),
		{ numRuns: 300 },
	));

test("forecastPlan: without progress it becomes late exactly when it said", () =>
	fc.assert(
		fc.property(
			anyTimedPlan,
			fc.array(anyMove, { maxLength: 40 }),
			fc.nat(4_000),
			fc.nat(6_000),
			(plan, moves, spareMs, passMs) => {
				const game = openGame({
					...plan,
					tasks: plan.tasks.map((one) => [...one]),
				});
				for (const move of moves) play(game, move);
				const { execution, nowMs } = game;
				const deadline = nowMs + spareMs;
				const first = forecastPlan(execution, deadline, nowMs);
				const laterMs = nowMs + passMs;
				const later = forecastPlan(execution, deadline, laterMs);
				if (first === null || later === null) return;
				const isLate =
					first.predicted_end > deadline || laterMs > first.late_from;
				assert.equal(later.predicted_end > deadline, isLate);
			},
		),
		{ numRuns: 300 },
	));
