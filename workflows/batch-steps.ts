import type { PlanStep } from "../src/domain/documents.ts";
import type { Execution } from "../src/domain/execution/state.ts";
import { closeStep } from "../src/domain/plan-steps.ts";
import { beginStep, type PlanRun } from "./plan-run.ts";

/**
 * Opens C3 or C4 for a batch of the plan's own tickets. What undoes tickets is published the same way,
 * and is part of what C5 has decided.
 */
export function beginBatchStep(
	run: PlanRun,
	{ rules }: Execution,
	name: "C3" | "C4",
	atMs?: number,
): void {
	if (!rules.compensation) beginStep(run, name, atMs);
}

export function endBatchStep(
	{ facts }: PlanRun,
	name: "C3" | "C4",
	atMs: number,
): void {
	closeStep(facts.steps, name, "completed", atMs);
}

/** Closes what is open of C3 and C4. */
export function endBatchSteps(
	{ facts }: PlanRun,
	status: PlanStep["status"],
	atMs: number = Date.now(),
): void {
	closeStep(facts.steps, "C3", status, atMs);
	closeStep(facts.steps, "C4", status, atMs);
}
