import {
	WorkflowNotFoundError,
	WorkflowUpdateFailedError,
} from "@temporalio/client";
import type { PlanDocument } from "../domain/documents.ts";
import { type PlanVerdict, verdictUpdate } from "../domain/plan-verdict.ts";
import { OrchestratorError } from "../errors.ts";
import { queryPlan } from "./read-open-plans.ts";
import type { TemporalCalls } from "./temporal-calls.ts";
import { planWorkflowId } from "./workflow-ids.ts";

/**
 * Waits for the verdict of C1; undefined when C1 takes longer than one call may, or Temporal cannot be asked.
 * Any number of callers may wait: they share one update.
 */
export async function awaitVerdict(
	calls: TemporalCalls,
	planId: string,
): Promise<PlanVerdict | undefined> {
	try {
		return (
			(await askOpenRun(calls, planId)) ??
			verdictOf(await queryPlan(calls, planId))
		);
	} catch (error) {
		if (error instanceof OrchestratorError && error.retryable) return undefined;
		throw error;
	}
}

/** undefined: the plan has no run, or the run ended without having been asked. */
async function askOpenRun(
	calls: TemporalCalls,
	planId: string,
): Promise<PlanVerdict | undefined> {
	try {
		return await calls(`verdict on plan ${planId}`, (client) =>
			client.workflow
				.getHandle(planWorkflowId(planId))
				.executeUpdate<PlanVerdict, []>(verdictUpdate, {
					updateId: verdictUpdate,
				}),
		);
	} catch (error) {
		if (error instanceof WorkflowNotFoundError) return undefined;
		if (error instanceof WorkflowUpdateFailedError) return undefined;
		throw error;
	}
}

function verdictOf(plan: PlanDocument | undefined): PlanVerdict | undefined {
	if (plan === undefined || plan.status === "VALIDATING") return undefined;
	const { plan_id, status, problems, warnings, plan_hash } = plan;
	return {
		plan_id,
		status,
		valid: status !== "INVALID",
		problems,
		warnings,
		plan_hash,
		tickets: plan.tickets_generated,
	};
}
