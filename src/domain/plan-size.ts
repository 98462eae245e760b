import type { PlanProblem } from "./documents.ts";

/** 1.5 MB: Temporal refuses payloads above 2 MB. */
export const MAX_PLAN_BYTES = 1_572_864;
/** Deeper JSON exhausts the stack of `JSON.stringify` on its way to Temporal; real plans have ten levels. */
export const MAX_PLAN_DEPTH = 100;

/** A plan's size as JSON, with the fields that travel with it, and its depth. */
export interface PlanMeasure {
	/** `$.cognitive_plan`. */
	path: string;
	/** `and the decision's metadata`; empty: the plan alone. */
	and?: string;
	bytes: number;
	depth: number;
}

/** Why the plan is too large for a workflow; undefined when it is not. */
export function planLimitProblem({
	path,
	and = "",
	bytes,
	depth,
}: PlanMeasure): PlanProblem | undefined {
	const code = "PLAN_TOO_LARGE";
	if (bytes > MAX_PLAN_BYTES) {
		const what = and === "" ? `${path} has` : `${path} ${and} have`;
		const message = `${what} ${bytes} bytes, at most ${MAX_PLAN_BYTES} are allowed: split the plan`;
		return { path, code, message };
	}
	if (depth > MAX_PLAN_DEPTH) {
		const message = `${path} is nested ${depth} levels deep, at most ${MAX_PLAN_DEPTH} are allowed: flatten it`;
		return { path, code, message };
	}
	return undefined;
}
