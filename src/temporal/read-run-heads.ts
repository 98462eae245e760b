import {
	ApplicationFailure,
	WorkflowFailedError,
	WorkflowNotFoundError,
} from "@temporalio/client";
import type { AuditHead } from "../domain/audit-chain.ts";
import type { RunHead } from "../domain/audit-heads.ts";
import type { PlanClosing } from "../domain/ended-run.ts";
import {
	type AuditEnd,
	PLAN_WORKFLOW_TYPE,
	planQueries,
} from "../domain/plan-run.ts";
import { queryRun } from "./query-run.ts";
import { describeRun, isOpen } from "./start-plan.ts";
import type { TemporalCalls } from "./temporal-calls.ts";
import {
	closeWorkflowId,
	parseWorkflowId,
	planWorkflowId,
} from "./workflow-ids.ts";

interface Run {
	workflowId: string;
	runId: string;
	status: "open" | "completed" | "closed";
}

/** Runs on one page of a list; each costs one or two calls. */
const PAGE = 200;
const CONCURRENCY = 8;

/** The end of the audit trail in the plan's newest run; undefined when Temporal keeps no run. */
export async function readRunHead(
	calls: TemporalCalls,
	planId: string,
): Promise<RunHead | undefined> {
	const workflowId = planWorkflowId(planId);
	const run = await describeRun(calls, workflowId);
	if (run === undefined) return undefined;
	const isDone = run.status.name === "COMPLETED";
	const status = isOpen(run) ? "open" : isDone ? "completed" : "closed";
	return await headOf(calls, { workflowId, runId: run.runId, status });
}

/** The ends of the audit trails of all plans of this task queue of which Temporal keeps a run. */
export async function* listRunHeads(
	calls: TemporalCalls,
	taskQueue: string,
): AsyncGenerator<{ plan_id: string; run: RunHead }[]> {
	const seen = new Set<string>();
	let token: Uint8Array | undefined;
	do {
		const { runs, next } = await listPage(calls, taskQueue, token);
		// Open runs first, then the latest closed ones, so that a plan's newest run comes before its older ones.
		const newest = runs.filter(({ workflowId }) => {
			const isNew = !seen.has(workflowId);
			seen.add(workflowId);
			return isNew;
		});
		for (let at = 0; at < newest.length; at += CONCURRENCY) {
			const some = newest.slice(at, at + CONCURRENCY);
			const heads = await Promise.all(some.map((run) => named(calls, run)));
			yield heads.flatMap((one) => one ?? []);
		}
		token = next;
	} while (token !== undefined);
}

async function named(
	calls: TemporalCalls,
	run: Run,
): Promise<{ plan_id: string; run: RunHead } | undefined> {
	const subject = parseWorkflowId(run.workflowId);
	if (subject?.kind !== "plan") return undefined;
	const head = await headOf(calls, run);
	return head && { plan_id: subject.planId, run: head };
}

async function listPage(
	calls: TemporalCalls,
	taskQueue: string,
	token: Uint8Array | undefined,
): Promise<{ runs: Run[]; next: Uint8Array | undefined }> {
	const query = `WorkflowType = '${PLAN_WORKFLOW_TYPE}' AND TaskQueue = '${taskQueue.replaceAll("'", "''")}' AND ExecutionStatus != 'ContinuedAsNew'`;
	const page = await calls("list of plans", async (client) => {
		const { namespace } = client.options;
		return await client.workflowService.listWorkflowExecutions({
			namespace,
			query,
			pageSize: PAGE,
			...(token && { nextPageToken: token }),
		});
	});
	const { executions = [], nextPageToken } = page;
	return {
		runs: executions.map(({ execution, status }) => ({
			workflowId: execution?.workflowId ?? "",
			runId: execution?.runId ?? "",
			status: statuses[status ?? 0] ?? "closed",
		})),
		next: nextPageToken?.length ? nextPageToken : undefined,
	};
}

/** Temporal's numbers of the run states running, completed and paused. */
const statuses: Record<number, Run["status"]> = {
	1: "open",
	2: "completed",
	8: "open",
};

/** undefined: the run is gone, or does not know its head. */
async function headOf(
	calls: TemporalCalls,
	run: Run,
): Promise<RunHead | undefined> {
	try {
		if (run.status === "open") {
			const { landed } = await askEnd(calls, run);
			return { state: "open", head: landed };
		}
		const told = await readClose(calls, run);
		if (told !== undefined) return { state: "ended", head: told };
		const closing = await readClosing(calls, run);
		if (closing !== undefined)
			return { state: "ended", head: closing.audit_head };
		const { head, landed } = await askEnd(calls, run);
		return run.status === "completed"
			? { state: "ended", head }
			: { state: "cut-off", head: landed };
	} catch (error) {
		if (error instanceof WorkflowNotFoundError) return undefined;
		throw error;
	}
}

async function askEnd(
	calls: TemporalCalls,
	{ workflowId, runId }: Run,
): Promise<AuditEnd> {
	return await queryRun<AuditEnd>(
		calls,
		{ workflowId, runId },
		planQueries.auditEnd,
	);
}

/** The head that the closing workflow of a run wrote, after the run was ended from outside. */
async function readClosing(
	calls: TemporalCalls,
	{ workflowId, runId, status }: Run,
): Promise<PlanClosing | undefined> {
	const subject = parseWorkflowId(workflowId);
	if (status === "completed" || subject?.kind !== "plan") return undefined;
	const closer = closeWorkflowId(subject.planId, runId);
	const run = await describeRun(calls, closer);
	if (run?.status.name !== "COMPLETED") return undefined;
	const closing = await calls(`look at the end of ${closer}`, (client) =>
		client.workflow.result<() => Promise<PlanClosing | null>>(
			closer,
			run.runId,
		),
	);
	return closing ?? undefined;
}

/** The head in the run's last event; undefined in runs of earlier releases and in runs ended from outside. */
async function readClose(
	calls: TemporalCalls,
	{ workflowId, runId }: Run,
): Promise<AuditHead | undefined> {
	const told = await calls(`look at the end of ${workflowId}`, (client) =>
		client.workflow
			.result(workflowId, runId, { followRuns: false })
			.catch((error: unknown) => {
				if (!(error instanceof WorkflowFailedError)) throw error;
				const { cause } = error;
				return cause instanceof ApplicationFailure
					? cause.details?.[0]
					: undefined;
			}),
	);
	return (
		(told as { audit_head?: AuditHead | null } | undefined)?.audit_head ??
		undefined
	);
}
