import { cutText } from "../domain/cut-text.ts";
import type { PlanWaits } from "../domain/plan-run.ts";
import { hasCode, OrchestratorError } from "../errors.ts";
import { examineRun, type StuckRun } from "./examine-run.ts";
import type { TemporalCalls } from "./temporal-calls.ts";
import { planWorkflowId } from "./workflow-ids.ts";

/** The remedy for a person: a worker that can do the task is enough. */
const UNBLOCKED_BY =
	"a worker that can do the task: look for its error in the worker's log by the workflow id, start the build that ran the plan before, or one that is mended; else terminate the run in Temporal, then the plan is closed as FAILED";

const LIMIT_MS = 1_000;
/** The last events of a run: its failed task is one of them. */
const LOOKED_AT = 20;
const MAX_ERROR_BYTES = 1_000;

/**
 * The wait of a plan whose run is stuck and cannot answer; undefined when the run is not known to be stuck.
 */
export async function explainStuckRun(
	calls: TemporalCalls,
	planId: string,
): Promise<PlanWaits | undefined> {
	const run = await findStuckRun(calls, planId);
	if (run === undefined) return undefined;
	return waitsOfStuck(planId, run, await readTaskError(calls, planId));
}

/**
 * Returns the answer. When there is none because the plan's workflow task fails again and again, throws
 * PLAN_STUCK instead of an outage: it will not pass by itself.
 */
export async function orStuck<T>(
	calls: TemporalCalls,
	planId: string,
	ask: () => Promise<T>,
): Promise<T> {
	try {
		return await ask();
	} catch (error) {
		if (isRefusal(error)) throw error;
		const run = await findStuckRun(calls, planId);
		if (run === undefined) throw error;
		throw new OrchestratorError(
			"PLAN_STUCK",
			`plan ${planId} cannot answer: ${describe(run)}`,
			{ cause: error, hint: `it takes ${UNBLOCKED_BY}` },
		);
	}
}

/** The run has answered, or there is none. */
function isRefusal(error: unknown): boolean {
	return (
		error instanceof OrchestratorError &&
		!hasCode(error, "TEMPORAL_UNAVAILABLE")
	);
}

async function findStuckRun(
	calls: TemporalCalls,
	planId: string,
): Promise<StuckRun | undefined> {
	// Temporal may be away: then the original error is thrown soon.
	const quick: TemporalCalls = (what, call) => calls(what, call, LIMIT_MS);
	const fault = await examineRun(quick, planId).catch(() => undefined);
	return fault?.kind === "stuck" ? fault : undefined;
}

/**
 * The failure of the plan's newest workflow task, from its history; undefined when the history has none or
 * cannot be read. Temporal records only the first of repeated failures.
 */
async function readTaskError(
	calls: TemporalCalls,
	planId: string,
): Promise<string | undefined> {
	const ask = calls(
		`error of plan ${planId}`,
		async ({ workflowService, options: { namespace } }) =>
			await workflowService.getWorkflowExecutionHistoryReverse({
				namespace,
				execution: { workflowId: planWorkflowId(planId) },
				maximumPageSize: LOOKED_AT,
			}),
		LIMIT_MS,
	);
	const page = await ask.catch(() => undefined);
	const failures = (page?.history?.events ?? []).flatMap(
		({ workflowTaskFailedEventAttributes: failed }) =>
			failed?.failure?.message ?? [],
	);
	const [newest] = failures;
	return newest === undefined ? undefined : cutText(newest, MAX_ERROR_BYTES);
}

function waitsOfStuck(
	planId: string,
	run: StuckRun,
	error: string | undefined,
): PlanWaits {
	return {
		plan_id: planId,
		status: run.status,
		summary: `the plan does not go on: ${describe(run)}`,
		waits: [
			{
				what: "workflow-task",
				since_ms: run.sinceMs,
				attempts: run.attempt,
				...(error !== undefined && { error }),
				unblocked_by: UNBLOCKED_BY,
			},
		],
		total: 1,
	};
}

function describe({ attempt, sinceMs }: StuckRun): string {
	const since = new Date(sinceMs).toISOString();
	return `its workflow task fails on every worker, ${attempt} times since ${since}`;
}
