import { WorkflowNotFoundError } from "@temporalio/client";
import { canonicalJson, textHash } from "../domain/canonical-json.ts";
import {
	REDRIVE_PROGRESS_QUERY,
	REDRIVE_WORKFLOW_TYPE,
	type RedriveProgress,
	type RedriveRequest,
	STOP_REDRIVE_SIGNAL,
} from "../domain/dead-letter.ts";
import { hasCode, OrchestratorError } from "../errors.ts";
import type { PlanClientOptions } from "../temporal/plan-client.ts";
import { queryRun } from "../temporal/query-run.ts";
import { describeRun } from "../temporal/start-plan.ts";
import {
	createTemporalCalls,
	startOnce,
	type TemporalCalls,
} from "../temporal/temporal-calls.ts";
import { redriveWorkflowId } from "../temporal/workflow-ids.ts";
import type { DeadLetterRedrives } from "./ports.ts";

const CALL_TIMEOUT_MS = 5_000;
const begun: RedriveProgress = {
	state: "running",
	redriven: 0,
	skipped: 0,
	failed: 0,
	stopped_by: null,
};

/** Re-drives of dead letters, each a workflow. */
export function createRedriveClient({
	client,
	taskQueue,
	callTimeoutMs = CALL_TIMEOUT_MS,
}: PlanClientOptions): DeadLetterRedrives {
	const calls = createTemporalCalls({ client, callTimeoutMs });
	return {
		isStarted: (request) => isStarted(calls, request),
		start: (request) => start(calls, taskQueue, request),
		outcome: (redriveId, waitMs) =>
			outcome(
				createTemporalCalls({ client, callTimeoutMs: waitMs }),
				redriveId,
			),
		read: (redriveId) => read(calls, redriveId),
		async stop(redriveId, by) {
			const found = await orUndefined(
				calls(`stop re-drive ${redriveId}`, async (temporal) => {
					const id = redriveWorkflowId(redriveId);
					await temporal.workflow.getHandle(id).signal(STOP_REDRIVE_SIGNAL, by);
					return true;
				}),
			);
			return found ?? false;
		},
	};
}

async function start(
	calls: TemporalCalls,
	taskQueue: string,
	request: RedriveRequest,
): Promise<void> {
	const run = { request, after: null, doneCount: 0, progress: begun };
	const isNew = await startOnce(calls, REDRIVE_WORKFLOW_TYPE, {
		workflowId: redriveWorkflowId(request.redrive_id),
		workflowIdReusePolicy: "REJECT_DUPLICATE",
		taskQueue,
		args: [run],
		memo: { request_hash: requestHash(request) },
	});
	if (!isNew) await isStarted(calls, request);
}

async function isStarted(
	calls: TemporalCalls,
	request: RedriveRequest,
): Promise<boolean> {
	const run = await describeRun(calls, redriveWorkflowId(request.redrive_id));
	if (run === undefined) return false;
	if (run.memo?.request_hash === requestHash(request)) return true;
	throw new OrchestratorError(
		"IDEMPOTENCY_KEY_REUSED",
		"the idempotency key was used for another re-drive: ask under a new key",
	);
}

/** The hash that tells a repeated request from another one under the same id. */
function requestHash({
	redrive_id: _id,
	requested_at: _at,
	...asked
}: RedriveRequest): string {
	return textHash(canonicalJson(asked));
}

/** The call itself waits for the result; at its time-out the re-drive is still running. */
async function outcome(
	calls: TemporalCalls,
	redriveId: string,
): Promise<RedriveProgress | undefined> {
	try {
		return await calls(`await re-drive ${redriveId}`, (client) =>
			client.workflow.result<() => Promise<RedriveProgress>>(
				redriveWorkflowId(redriveId),
			),
		);
	} catch (error) {
		if (hasCode(error, "TEMPORAL_UNAVAILABLE")) return undefined;
		throw error;
	}
}

async function read(
	calls: TemporalCalls,
	redriveId: string,
): Promise<RedriveProgress | undefined> {
	const workflowId = redriveWorkflowId(redriveId);
	const run = await describeRun(calls, workflowId);
	if (run === undefined) return undefined;
	const status = run.status.name;
	if (status === "COMPLETED")
		return await orUndefined(
			calls(`result of ${workflowId}`, (client) =>
				client.workflow.result<() => Promise<RedriveProgress>>(workflowId),
			),
		);
	const progress = await orUndefined(
		queryRun<RedriveProgress>(calls, { workflowId }, REDRIVE_PROGRESS_QUERY),
	);
	const isAtWork = status === "RUNNING" || status === "CONTINUED_AS_NEW";
	return progress && (isAtWork ? progress : { ...progress, state: "failed" });
}

async function orUndefined<T>(call: Promise<T>): Promise<T | undefined> {
	try {
		return await call;
	} catch (error) {
		if (error instanceof WorkflowNotFoundError) return undefined;
		throw error;
	}
}
