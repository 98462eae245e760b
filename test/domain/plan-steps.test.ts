import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanStep } from "../../src/domain/documents.ts";
import {
	closeStep,
	leaveBatch,
	openStep,
	stepMovedAt,
} from "../../src/domain/plan-steps.ts";

function only(steps: PlanStep[]): PlanStep {
	assert.equal(steps.length, 1);
	return steps[0] ?? assert.fail();
}

test("steps: a step of batches takes what its batches took, not what lies between", () => {
	const steps: PlanStep[] = [];
	for (const [from, to] of [
		[100, 103],
		[5_000, 5_004],
	] as const) {
		openStep(steps, "C3", from);
		assert.equal(only(steps).status, "running");
		openStep(steps, "C3", from + 1);
		closeStep(steps, "C3", "completed", to);
		closeStep(steps, "C3", "failed", to + 1);
	}
	assert.deepEqual(only(steps), {
		name: "C3",
		status: "completed",
		started_at: 100,
		duration_ms: 7,
		times: 2,
		ended_at: 5_004,
	});
	assert.equal(stepMovedAt(only(steps)), 5_004);
});

test("steps: a clock that runs behind makes no time negative", () => {
	const steps: PlanStep[] = [];
	openStep(steps, "C4", 100);
	closeStep(steps, "C4", "completed", 90);
	assert.deepEqual([only(steps).duration_ms, only(steps).ended_at], [0, 100]);
});

test("steps: a step of an earlier release goes on from what it took", () => {
	const steps: PlanStep[] = [
		{ name: "C3", status: "completed", started_at: 1, duration_ms: 50 },
	];
	openStep(steps, "C3", 100);
	assert.equal(stepMovedAt(only(steps)), 100);
	closeStep(steps, "C3", "completed", 102);
	assert.deepEqual([only(steps).times, only(steps).duration_ms], [2, 52]);
});

test("steps: a batch that was given up leaves no step open; what was never done has failed", () => {
	const steps: PlanStep[] = [];
	openStep(steps, "C3", 1);
	closeStep(steps, "C3", "completed", 2);
	openStep(steps, "C3", 3);
	openStep(steps, "C4", 4);
	openStep(steps, "C5", 5);
	leaveBatch(steps, 9);
	assert.deepEqual(
		steps.map(({ name, status }) => `${name} ${status}`),
		["C3 completed", "C4 failed", "C5 running"],
	);
});
