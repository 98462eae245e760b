import type { PlanRunInput } from "../../src/domain/plan-run.ts";
import { runInput, someDecision } from "./plan-inputs.ts";
import { planOf } from "./plan-world.ts";

/** A plan of one task that waits ten minutes for a person. */
export function waitingInput(): PlanRunInput {
	const decision = someDecision({ final_decision: "review_required" });
	const input = runInput(decision, planOf(decision.plan_id, [{ id: "a" }]));
	const settings = { ...input.settings, approvalTimeoutMs: 600_000 };
	return { ...input, settings };
}
