import type { PlanStep, StepName } from "./documents.ts";

/** The six steps of a plan in words. */
export const stepWords: Record<StepName, string> = {
	C1: "validate the plan",
	C2: "generate tickets",
	C3: "allocate workers",
	C4: "publish tickets",
	C5: "consolidate the results",
	C6: "publish telemetry",
};

/** Steps that run again for every batch of tickets. */
export function isStepOfBatches(name: StepName): boolean {
	return name === "C3" || name === "C4";
}

/** The step runs once in a plan's life, even with reruns. */
export function isStepOfPlan({ name }: Pick<PlanStep, "name">): boolean {
	return name === "C1" || name === "C2";
}

/** Opens a step, also again; an open step stays as it is. */
export function openStep(
	steps: PlanStep[],
	name: StepName,
	atMs: number,
): void {
	const step = steps.find((known) => known.name === name);
	if (step === undefined)
		steps.push({
			name,
			status: "running",
			started_at: atMs,
			duration_ms: null,
		});
	else if (step.status !== "running") {
		step.status = "running";
		step.running_since = atMs;
	}
}

/** Closes an open step and adds its time; a closed step stays as it is. */
export function closeStep(
	steps: readonly PlanStep[],
	name: StepName,
	status: PlanStep["status"],
	atMs: number,
): void {
	const step = steps.find((known) => known.name === name);
	if (step?.status !== "running") return;
	const sinceMs = step.running_since ?? step.started_at;
	delete step.running_since;
	step.status = status;
	// The clocks of Temporal and of the worker may differ by a little.
	step.ended_at = Math.max(sinceMs, atMs);
	// A document of an earlier release: all earlier repetitions count as one.
	step.times = (step.times ?? (step.duration_ms === null ? 0 : 1)) + 1;
	step.duration_ms = (step.duration_ms ?? 0) + step.ended_at - sinceMs;
}

/** Closes open steps of C3 and C4: as failed if they never completed, else with their former result. */
export function leaveBatch(steps: readonly PlanStep[], atMs: number): void {
	for (const { name, duration_ms } of steps)
		if (isStepOfBatches(name))
			closeStep(
				steps,
				name,
				duration_ms === null ? "failed" : "completed",
				atMs,
			);
}

/** The last begin or end of a step. Unix epoch, ms. */
export function stepMovedAt({
	started_at,
	running_since = 0,
	ended_at = 0,
	duration_ms,
}: PlanStep): number {
	const ended = ended_at || started_at + (duration_ms ?? 0);
	return Math.max(ended, running_since);
}
