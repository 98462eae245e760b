import type { PlanProblem } from "./documents.ts";
import { addProblem } from "./field-reader.ts";
import { estimateMs } from "./generate-tickets.ts";
import type { Plan } from "./plan.ts";

/**
 * What cannot be done before the plan's limit ends it, by the tasks' own estimates: each task that alone
 * takes longer, else the critical path if that does. `limitMs` counts from the end of approval.
 */
export function warnOfLimit(
	plan: Plan,
	criticalPathMs: number,
	limitMs: number,
): PlanProblem[] {
	const warnings: PlanProblem[] = [];
	const until = `the plan's limit of ${limitMs} ms`;
	const remedy = "split it, or raise PLAN_MAX_DURATION_MS";
	for (const [index, task] of plan.tasks.entries()) {
		const path = `$.tasks[${index}].estimated_duration_ms`;
		const estimate = estimateMs(task);
		if (estimate <= limitMs) continue;
		addProblem(warnings, {
			path,
			code: "TASK_EXCEEDS_PLAN_LIMIT",
			message: `${path} is ${estimate}: the task would time out at ${until}; ${remedy}`,
		});
	}
	if (warnings.length === 0 && criticalPathMs > limitMs) {
		warnings.push({
			path: "$.tasks",
			code: "PLAN_EXCEEDS_LIMIT",
			message: `$.tasks take ${criticalPathMs} ms along the critical path: what is left at ${until} would time out or be skipped; ${remedy}`,
		});
	}
	return warnings;
}
