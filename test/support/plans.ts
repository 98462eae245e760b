import assert from "node:assert/strict";
import {
	type ValidatedPlan,
	validatePlan,
} from "../../src/domain/validate-plan.ts";

/** A task as `[id, dependencies, other fields]`. */
export type TaskSketch = readonly [
	id: string,
	needs?: readonly string[],
	fields?: Record<string, unknown>,
];

/** The JSON of a plan with these tasks, in this order. */
export function planJson(
	tasks: readonly TaskSketch[],
	changes: Record<string, unknown> = {},
): Record<string, unknown> {
	return {
		plan_id: "p-1",
		risk_band: "medium",
		risk_score: 0.4,
		execution_order: tasks.map(([id]) => id),
		tasks: tasks.map(([task_id, dependencies = [], fields]) => ({
			task_id,
			dependencies,
			...fields,
		})),
		...changes,
	};
}

/** The plan as C1 passes it. */
export function passedPlan(plan: unknown): ValidatedPlan {
	const validation = validatePlan({
		plan,
		planId: "p-1",
		nowMs: 0,
		maxTasks: 1_000_000,
	});
	assert.ok(validation.valid, JSON.stringify(validation).slice(0, 500));
	return validation.validated;
}

/** `count` tasks of which each needs the one before. */
export function chainOf(count: number): TaskSketch[] {
	return Array.from({ length: count }, (_, index) => [
		`t${index}`,
		index === 0 ? [] : [`t${index - 1}`],
	]);
}
