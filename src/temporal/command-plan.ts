import {
	ApplicationFailure,
	WorkflowNotFoundError,
	WorkflowUpdateFailedError,
} from "@temporalio/client";
import {
	type CommandAnswer,
	type PlanCommand,
	type PlanCommandName,
	planUpdates,
} from "../domain/plan-run.ts";
import { type ErrorCode, errorCodes, OrchestratorError } from "../errors.ts";
import { describeRun } from "./start-plan.ts";
import type { TemporalCalls } from "./temporal-calls.ts";
import { planWorkflowId } from "./workflow-ids.ts";

/**
 * Asks the plan's run to do something and resolves with its answer. Throws PLAN_NOT_FOUND, or
 * COMMAND_REFUSED with the run's own reason; a run that has ended refuses every command.
 */
export async function commandPlan(
	calls: TemporalCalls,
	planId: string,
	name: PlanCommandName,
	command: PlanCommand,
): Promise<CommandAnswer> {
	const workflowId = planWorkflowId(planId);
	try {
		return await calls(`${name} of plan ${planId}`, (client) =>
			client.workflow
				.getHandle(workflowId)
				.executeUpdate<CommandAnswer, [PlanCommand]>(planUpdates[name], {
					args: [command],
				}),
		);
	} catch (error) {
		if (error instanceof WorkflowUpdateFailedError) throw refusal(error);
		if (!(error instanceof WorkflowNotFoundError)) throw error;
		const run = await describeRun(calls, workflowId);
		if (run === undefined) throw planNotFound(planId);
		const text = `plan ${planId} has ended (${run.status.name}): it takes no ${name}`;
		throw new OrchestratorError("COMMAND_REFUSED", text, { cause: error });
	}
}

/** The failure of every question about a plan that never ran here. */
export function planNotFound(planId: string): OrchestratorError {
	return new OrchestratorError(
		"PLAN_NOT_FOUND",
		`plan ${planId} is not known: no run has its id`,
	);
}

function refusal(error: WorkflowUpdateFailedError): OrchestratorError {
	const cause = error.cause;
	const type = cause instanceof ApplicationFailure ? cause.type : undefined;
	const code: ErrorCode =
		type != null && type in errorCodes
			? (type as ErrorCode)
			: "COMMAND_REFUSED";
	const text = cause?.message ?? error.message;
	return new OrchestratorError(code, text, { cause: error });
}
