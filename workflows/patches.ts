import { patched } from "@temporalio/workflow";
import type { PlanRun } from "./run-state.ts";

/**
 * Changes of the workflow's code that count after policies have last been asked. Their answer repeats those of the code
 * that asked, so the history has them for nothing; a mark of `patched()` costs every plan two events. Unlike a mark, it
 * does not stop a build from before the change that goes on with the run.
 */
export const PATCHES = ["16-one-last-write", "16-marks"] as const;

type Patch = (typeof PATCHES)[number];

/** Whether the run goes by the change: by the answer of policies, else by its mark, which a new run is given. */
export function isPatched(run: PlanRun, patch: Patch): boolean {
	return hasPatch(run, patch) || patched(patch);
}

/** Whether the answer of policies has the change; marks no run. */
export function hasPatch({ facts }: PlanRun, patch: Patch): boolean {
	return facts.patches?.includes(patch) === true;
}
