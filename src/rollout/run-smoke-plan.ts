import {
	type Client,
	WorkflowFailedError,
	WorkflowNotFoundError,
} from "@temporalio/client";
import {
	PLAN_WORKFLOW_TYPE,
	type PlanRunInput,
	planSignals,
} from "../domain/plan-run.ts";
import { hasCode } from "../errors.ts";
import { pinnedTo } from "../temporal/build-version.ts";
import { planSearchAttributes } from "../temporal/plan-search-attributes.ts";
import { startOnce, type TemporalCalls } from "../temporal/temporal-calls.ts";
import { planWorkflowId } from "../temporal/workflow-ids.ts";
import type { SmokePlan } from "./ports.ts";

/** A look at a plan that has not ended waits so long for its end. */
const LOOK_MS = 4_000;

/**
 * Runs the plan on its build and answers its end; safe to repeat, the plan's id decides. A plan that does not
 * end in time is cancelled.
 */
export async function runSmokePlan(
	calls: TemporalCalls,
	taskQueue: string,
	smoke: SmokePlan,
	input: PlanRunInput,
): Promise<{ status: string; detail: string }> {
	const workflowId = planWorkflowId(input.decision.plan_id);
	const untilMs = performance.now() + smoke.timeoutMs;
	await startOnce(calls, PLAN_WORKFLOW_TYPE, {
		taskQueue,
		workflowId,
		workflowIdReusePolicy: "REJECT_DUPLICATE",
		workflowIdConflictPolicy: "FAIL",
		args: [input],
		memo: {
			decision_id: input.decision.decision_id,
			plan_hash: input.plan_hash,
		},
		typedSearchAttributes: planSearchAttributes(input),
		versioningOverride: pinnedTo(smoke),
	});
	for (;;) {
		const leftMs = untilMs - performance.now();
		if (leftMs <= 0) break;
		const end = await readEnd(calls, workflowId, Math.min(LOOK_MS, leftMs));
		if (end !== undefined) return end;
	}
	await cancel(calls, workflowId, smoke.build);
	const seconds = Math.round(smoke.timeoutMs / 1_000);
	return {
		status: "TIMED_OUT",
		detail: `${smoke.shape} plan ${smoke.planId} has not ended within ${seconds} s on ${smoke.build}`,
	};
}

/** undefined: it has not ended yet. */
async function readEnd(
	calls: TemporalCalls,
	workflowId: string,
	limitMs: number,
): Promise<{ status: string; detail: string } | undefined> {
	try {
		const outcome = await calls(
			`end of ${workflowId}`,
			(client) => client.workflow.result(workflowId),
			limitMs,
		);
		const { status } = outcome as { status: string };
		return { status, detail: `plan ended as ${status}` };
	} catch (error) {
		if (error instanceof WorkflowFailedError)
			return {
				status: "FAILED",
				detail: error.cause?.message ?? error.message,
			};
		// No end within the look, or an outage: the smoke plan's own limit counts.
		if (hasCode(error, "TEMPORAL_UNAVAILABLE")) return undefined;
		throw error;
	}
}

/** A plan whose tasks fail takes no cancel: then its run is ended. */
async function cancel(
	calls: TemporalCalls,
	workflowId: string,
	build: string,
): Promise<void> {
	const reason = `smoke plan of ${build} took too long`;
	const handleOf = (client: Client) => client.workflow.getHandle(workflowId);
	try {
		await calls(`cancel of ${workflowId}`, (client) =>
			handleOf(client).signal(planSignals.cancelWorkflow, { reason }),
		);
		if ((await readEnd(calls, workflowId, LOOK_MS)) !== undefined) return;
		await calls(`end of ${workflowId}`, (client) =>
			handleOf(client).terminate(reason),
		);
	} catch (error) {
		// It has ended meanwhile.
		if (!(error instanceof WorkflowNotFoundError)) throw error;
	}
}
