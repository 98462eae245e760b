import type { PlanProblem } from "./documents.ts";
import { addProblem } from "./field-reader.ts";
import { estimateMs, timeoutMs } from "./generate-tickets.ts";
import type { PlanSettings, RunPredictions } from "./plan-run.ts";
import { missChance } from "./prediction/miss-chance.ts";
import type { ValidatedPlan } from "./validate-plan.ts";

/** How sure a predicted finish is. Times are Unix epoch, ms. */
export interface FinishInterval {
	/** In one of ten cases it ends before, in one after. */
	finish_p10: number;
	finish_p90: number;
	/** That it ends after the promised deadline, 0 to 1. */
	miss_chance: number;
	/** `name@version+correction`. */
	model: string;
}

/** When the plan ends by the predictions of its tasks: of 500 draws of all of them the median, and the interval. */
export function predictFinish(
	{ plan, dag, order }: ValidatedPlan,
	{ model, ms }: RunPredictions,
	{ nowMs, deadlineMs }: { nowMs: number; deadlineMs: number },
): FinishInterval & { duration_ms: number } {
	const place = new Map(order.map((node, at) => [node, at]));
	const { chance, p10_ms, p50_ms, p90_ms } = missChance({
		seed: `${plan.plan_id} 0`,
		tickets: order.map((node) => ({
			quantiles: ms[node] ?? [0, 0, 0],
			parents: (dag.dependencies[node] ?? []).map((one) => place.get(one) ?? 0),
			ranMs: 0,
		})),
		leftMs: deadlineMs - nowMs,
	});
	return {
		duration_ms: p50_ms,
		finish_p10: nowMs + p10_ms,
		finish_p90: nowMs + p90_ms,
		...{ miss_chance: chance, model },
	};
}

/**
 * Warns of tasks that one in a hundred times takes longer than its time-out, and says which estimate would be long
 * enough. Nothing is changed: a time-out that nobody asked for would end work that goes well. `p99Ms` by task; null:
 * too few such tickets are known.
 */
export function proposeTimeouts(
	{ plan }: ValidatedPlan,
	p99Ms: readonly (number | null)[],
	settings: PlanSettings,
): PlanProblem[] {
	const warnings: PlanProblem[] = [];
	for (const [index, task] of plan.tasks.entries()) {
		const wanted = p99Ms[index] ?? null;
		const limit = timeoutMs(estimateMs(task), settings);
		if (wanted === null || wanted <= limit) continue;
		const path = `$.tasks[${index}].estimated_duration_ms`;
		const enough = Math.ceil(wanted / settings.ticketTimeoutMultiplier);
		addProblem(warnings, {
			path,
			code: "TIMEOUT_IS_SHORT",
			message: `${path} gives a time-out of ${limit} ms, and one of a hundred such tasks takes more than ${wanted} ms: an estimate of ${enough} would allow for it`,
		});
	}
	return warnings;
}
