import type { Client } from "@temporalio/client";
import { decodeArrayFromPayloads } from "@temporalio/common/lib/internal-non-workflow/index.js";
import type { CarriedRun } from "../../workflows/carry-run.ts";
import type { EndedRun } from "../domain/ended-run.ts";
import type { PlanRunInput } from "../domain/plan-run.ts";
import type { StartedPlan } from "../domain/rollout/plan-outcome.ts";
import type { TemporalCalls } from "./temporal-calls.ts";
import { planWorkflowId } from "./workflow-ids.ts";

interface Run {
	workflowId: string;
	runId: string;
}

/** The first event of the run, and what the run was started with; undefined: Temporal has it no more. */
export async function readStartEvent(client: Client, execution: Run) {
	const { namespace, loadedDataConverter } = client.options;
	const { history } = await client.workflowService.getWorkflowExecutionHistory({
		namespace,
		execution,
		maximumPageSize: 1,
	});
	const [event] = history?.events ?? [];
	const started = event?.workflowExecutionStartedEventAttributes;
	if (started == null) return undefined;
	const [input, carried] = await decodeArrayFromPayloads(
		loadedDataConverter,
		started.input?.payloads,
	);
	return {
		input: input as PlanRunInput,
		carried: carried as CarriedRun | undefined,
		runId: started.firstExecutionRunId || execution.runId,
		eventAtMs: Number(event?.eventTime?.seconds ?? 0) * 1_000,
	};
}

/** How the run was started, from its history: it needs no code that can replay it. undefined: Temporal has it no more. */
export async function readStart(
	calls: TemporalCalls,
	{ plan_id, run_id }: EndedRun,
): Promise<StartedPlan | undefined> {
	const workflowId = planWorkflowId(plan_id);
	const found = await calls(
		`read the start of ${workflowId}`,
		async (client) => {
			const execution = { workflowId, runId: run_id };
			const start = await readStartEvent(client, execution);
			if (start === undefined) return undefined;
			const { namespace } = client.options;
			const { workflowExecutionInfo } =
				await client.workflowService.describeWorkflowExecution({
					namespace,
					execution,
				});
			const version = workflowExecutionInfo?.versioningInfo?.deploymentVersion;
			return { ...start, version };
		},
	);
	if (found === undefined) return undefined;
	const { input, carried, runId, eventAtMs, version } = found;
	return {
		...{ input, runId },
		startedAtMs: carried?.facts.chainStartedAtMs ?? eventAtMs,
		build: version?.deploymentName
			? { deployment: version.deploymentName, build: version.buildId ?? "" }
			: null,
	};
}
