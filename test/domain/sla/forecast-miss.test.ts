import assert from "node:assert/strict";
import { test } from "node:test";
import { createExecution } from "../../../src/domain/execution/open-execution.ts";
import { criticalFirst } from "../../../src/domain/execution/ready-order.ts";
import { specOf } from "../../../src/domain/execution/state.ts";
import { forecastPlan } from "../../../src/domain/sla/forecast.ts";
import {
	madeAtMs,
	publishReady,
	rules,
	ticketsOf,
} from "../../support/executions.ts";
import type { TaskSketch } from "../../support/plans.ts";

const NOW = madeAtMs;

/** Each task is predicted to take so long, from half of it to twice. */
function predicted(tasks: readonly (readonly [string, string[], number])[]) {
	const sketch: TaskSketch[] = tasks.map(([id, needs]) => [
		id,
		needs,
		{ estimated_duration_ms: 1_000 },
	]);
	const { specs } = ticketsOf(sketch);
	const known = specs.map((spec) => {
		const ms = tasks.find(([id]) => id === spec.task_id)?.[2] ?? 0;
		return { ...spec, predicted: [ms / 2, ms, 2 * ms] as const };
	});
	return createExecution("p-1", known, rules);
}

test("forecastPlan: predictions make the path and its end; how likely a deadline is missed falls with its distance", () => {
	const execution = predicted([
		["a", [], 4_000],
		["b", ["a"], 2_000],
		["c", [], 5_000],
	]);
	const forecast = (deadlineMs: number) =>
		forecastPlan(execution, NOW + deadlineMs, NOW);
	assert.deepEqual(forecast(0)?.path, ["a", "b"]);
	assert.equal(forecast(0)?.predicted_end, NOW + 6_000);
	const chances = [1_000, 4_000, 6_000, 9_000, 60_000].map(
		(deadlineMs) => forecast(deadlineMs)?.miss?.chance as number,
	);
	assert.deepEqual(
		chances,
		chances.toSorted((a, b) => b - a),
	);
	assert.equal(chances[0], 1);
	assert.ok((chances.at(-1) as number) < 0.05);
	assert.ok(Math.abs((chances[2] as number) - 0.5) < 0.15);
	const { end_p10 = 0, end_p90 = 0 } = forecast(6_000)?.miss ?? {};
	assert.ok(end_p10 < NOW + 6_000 && NOW + 6_000 < end_p90);
});

test("forecastPlan: without predictions, or on a long path, nothing is said of chances", () => {
	const { specs } = ticketsOf([["a"], ["b", ["a"]]]);
	const plain = createExecution("p-1", specs, rules);
	assert.equal("miss" in (forecastPlan(plain, NOW, NOW) ?? {}), false);
	const long = predicted(
		Array.from({ length: 61 }, (_, at) => [
			`t-${at}`,
			at === 0 ? [] : [`t-${at - 1}`],
			10,
		]),
	);
	assert.equal("miss" in (forecastPlan(long, NOW, NOW) ?? {}), false);
});

test("forecastPlan: within a step of time nothing is drawn again, and what was asked before changes no answer", () => {
	const tasks = [
		["a", [], 40_000],
		["b", ["a"], 20_000],
		["c", [], 30_000],
	] as const;
	const begun = () => {
		const execution = predicted(tasks.map(([id, on, ms]) => [id, [...on], ms]));
		publishReady(execution, NOW);
		return execution;
	};
	const deadline = NOW + 65_000;
	const asked = begun();
	const missAt = (execution: typeof asked, ms: number) =>
		forecastPlan(execution, deadline, NOW + ms)?.miss;
	const times = [0, 1, 700, 1_199, 1_201, 9_000, 9_001, 45_000, 70_000, 700];
	const answers = times.map((ms) => missAt(asked, ms));
	// By somebody who was asked nothing before, as after a replay.
	assert.deepEqual(
		times.map((ms) => missAt(begun(), ms)),
		answers,
	);
	assert.deepEqual(answers[5], answers[6]);
	assert.notDeepEqual(answers[0], answers[5]);
	assert.deepEqual(answers[8]?.chance, 1);
	assert.ok((answers[8]?.end_p10 ?? 0) >= NOW + 70_000);
	assert.equal(answers[7]?.tickets.length, 2);
});

test("criticalFirst: the longest path by predictions is published first, whatever was estimated", () => {
	const execution = predicted([
		["short", [], 100],
		["long", [], 9_000],
		["middle", [], 5_000],
	]);
	assert.deepEqual(
		criticalFirst(execution).map((one) => specOf(execution, one).task_id),
		["long", "middle", "short"],
	);
});
