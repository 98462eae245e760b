import { patched } from "@temporalio/workflow";
import type { PlanRun } from "./run-state.ts";

/**
 * Changes of the workflow's code that come after policies were asked. Their answer repeats those of the code that asked,
 * so the history has them for nothing; a mark of `patched()` costs every plan two events.
 */
export const PATCHES = ["16-one-last-write", "16-marks"] as const;

type Patch = (typeof PATCHES)[number];

/** Whether the run goes by the change; runs whose answer has no patches are marked with it. */
export function isPatched(run: PlanRun, patch: Patch): boolean {
	return isAnswered(run, patch) || patched(patch);
}

/** Whether the answer of policies has the change: a question that marks no run. */
export function isAnswered({ facts }: PlanRun, patch: Patch): boolean {
	return facts.patches?.includes(patch) === true;
}
