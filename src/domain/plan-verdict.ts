import type { PlanProblem } from "./documents.ts";
import type { PlanStatus } from "./plan-run.ts";

/** Update of a plan's run, without arguments -> `PlanVerdict`, answered when C1 has ended. */
export const verdictUpdate = "validated";

/** The verdict of C1 about a plan. */
export interface PlanVerdict {
	plan_id: string;
	/** Of the plan when C1 had ended, or later. */
	status: PlanStatus;
	valid: boolean;
	problems: PlanProblem[];
	warnings: PlanProblem[];
	plan_hash: string | null;
	/** The number of tickets that the plan has or will have. */
	tickets: number;
}
