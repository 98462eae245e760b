import { buildDecision, buildPlan, type TaskSpec } from "../demo/decisions.ts";
import { chain, fanOut } from "../demo/shapes.ts";
import type { ConsolidatedDecision } from "../schemas/consolidated-decision.ts";
import type { OrchestratorVersion } from "../src/domain/plan-run.ts";

export interface PlanShape {
	name: "chain" | "fan-out";
	tasks: TaskSpec[];
}

/** Policies warn of tasks that are to take less than a second, which they say by a call into JavaScript for each. */
const task = { estimated_duration_ms: 1_000 };

/** `taskCount` tasks, each after the one before. */
export function chainOf(taskCount: number): PlanShape {
	return { name: "chain", tasks: chain(taskCount, task) };
}

/** `taskCount` tasks: one, the others side by side after it, and one that collects them. */
export function fanOutOf(taskCount: number): PlanShape {
	return { name: "fan-out", tasks: fanOut(taskCount - 2, task) };
}

/** An approved decision about such a plan. */
export function decisionOf(
	plan_id: string,
	{ tasks }: PlanShape,
	orchestrator_version: OrchestratorVersion,
): ConsolidatedDecision {
	const metadata = { source: "bench", orchestrator_version };
	return buildDecision(buildPlan({ plan_id, tasks }), { metadata });
}
