import {
	ApplicationFailure,
	type WorkflowExecutionDescription,
	WorkflowFailedError,
	WorkflowNotFoundError,
	type WorkflowStartOptions,
} from "@temporalio/client";
import type { AuditHead } from "../domain/audit-chain.ts";
import { knownDecisionIds } from "../domain/bare-plan.ts";
import { isObject } from "../domain/field-reader.ts";
import {
	closedUnpublishedTypes,
	PLAN_DENIED,
	PLAN_WORKFLOW_TYPE,
	type PlanRunInput,
	type PlanRunMemo,
} from "../domain/plan-run.ts";
import { alreadyOpen, alreadyRan } from "../domain/refusals.ts";
import { OrchestratorError } from "../errors.ts";
import type { StartOutcome } from "../plans/start-ports.ts";
import { pinnedTo } from "./build-version.ts";
import { planSearchAttributes } from "./plan-search-attributes.ts";
import type { TemporalCalls } from "./temporal-calls.ts";
import { startOnce } from "./temporal-calls.ts";
import { planWorkflowId } from "./workflow-ids.ts";

/** Rounds of start and describe when runs open and close in between; more than two are never seen. */
const MAX_ROUNDS = 5;

/** A run writes its plan's end to MongoDB shortly before it closes: a workflow task later, which is rarely slower. */
const CLOSING_MS = 3_000;

/** Temporal's keys: 1 goes first, 3 is the default. */
const priorityKeys: Record<string, number> = {
	critical: 1,
	high: 2,
	medium: 3,
	low: 4,
};

type ReusePolicy = "REJECT_DUPLICATE" | "ALLOW_DUPLICATE_FAILED_ONLY";

/**
 * The meaning of the existing run for the decision; `gone`: the run was removed or replaced in the meantime.
 */
type Verdict =
	| { kind: "duplicate" | "open" | "ran" | "gone" }
	| { kind: "restart"; auditHead: AuditHead | undefined };

/**
 * Starts the plan's run, or returns why it must not start (protocol.md, "Starting"). One call in the common
 * case. Safe to repeat: a run with the same decision and plan makes the call a duplicate.
 */
export async function startPlan(
	calls: TemporalCalls,
	taskQueue: string,
	input: PlanRunInput,
	{ hasEnded = false }: { hasEnded?: boolean } = {},
): Promise<StartOutcome> {
	const planId = input.decision.plan_id;
	const workflow_id = planWorkflowId(planId);
	let reuse: ReusePolicy = "REJECT_DUPLICATE";
	let auditHead: AuditHead | undefined;
	for (let round = 0; round < MAX_ROUNDS; round += 1) {
		// The audit trail and revisions continue from the earlier run.
		const continued = { ...input, ...(auditHead && { audit_head: auditHead }) };
		const options = startOptions(taskQueue, continued, reuse);
		if (await startOnce(calls, PLAN_WORKFLOW_TYPE, options))
			return { kind: "started", workflow_id };
		const run = await readRun(calls, workflow_id, hasEnded);
		const verdict = await judgeRun(calls, run, input);
		if (verdict.kind === "duplicate") return { kind: "duplicate", workflow_id };
		if (verdict.kind === "open")
			return alreadyOpen(planId, "publish this decision again");
		if (verdict.kind === "ran") return alreadyRan(planId);
		const isRestart = verdict.kind === "restart";
		reuse = isRestart ? "ALLOW_DUPLICATE_FAILED_ONLY" : "REJECT_DUPLICATE";
		auditHead = isRestart ? verdict.auditHead : undefined;
	}
	throw new OrchestratorError(
		"TEMPORAL_UNAVAILABLE",
		`start of plan ${planId}: its run changed ${MAX_ROUNDS} times meanwhile`,
	);
}

function startOptions(
	taskQueue: string,
	input: PlanRunInput,
	workflowIdReusePolicy: ReusePolicy,
): WorkflowStartOptions {
	const { decision, plan, plan_hash } = input;
	const memo: PlanRunMemo = { decision_id: decision.decision_id, plan_hash };
	const band = isObject(plan) ? String(plan.risk_band).toLowerCase() : "";
	const priorityKey = priorityKeys[band];
	return {
		taskQueue,
		workflowId: planWorkflowId(decision.plan_id),
		workflowIdReusePolicy,
		workflowIdConflictPolicy: "FAIL",
		args: [input],
		memo: { ...memo },
		typedSearchAttributes: planSearchAttributes(input),
		...pinOf(input),
		...(priorityKey === undefined ? {} : { priority: { priorityKey } }),
	};
}

/** A plan that its release sends to a build by other means than Temporal's ramp. */
function pinOf({
	routing,
}: PlanRunInput): Pick<WorkflowStartOptions, "versioningOverride"> {
	const release = routing?.release;
	if (!release?.pinned) return {};
	return { versioningOverride: pinnedTo(release) };
}

async function judgeRun(
	calls: TemporalCalls,
	run: WorkflowExecutionDescription | undefined,
	input: PlanRunInput,
): Promise<Verdict> {
	if (run === undefined) return { kind: "gone" };
	const isRepeated = isSame(run, input);
	const mayBeDenied = input.asks_again && run.status.name === "FAILED";
	if (isRepeated && !mayBeDenied) return { kind: "duplicate" };
	if (isOpen(run)) return { kind: "open" };
	if (run.status.name !== "FAILED") return { kind: "ran" };
	const end = await readEnd(calls, run);
	if (end === undefined) return { kind: "gone" };
	const { type, auditHead } = end;
	// Policies may say something else now; every other end of the same decision stands.
	if (isRepeated && type !== PLAN_DENIED) return { kind: "duplicate" };
	return (closedUnpublishedTypes as readonly string[]).includes(type)
		? { kind: "restart", auditHead }
		: { kind: "ran" };
}

/** The newest run under the id; one that is about to close is waited for, a moment. */
async function readRun(
	calls: TemporalCalls,
	workflowId: string,
	hasEnded: boolean,
): Promise<WorkflowExecutionDescription | undefined> {
	const run = await describeRun(calls, workflowId);
	if (!hasEnded || run === undefined || !isOpen(run)) return run;
	await calls(
		`wait for the end of ${workflowId}`,
		(client) =>
			client.workflow.result(workflowId, run.runId, { followRuns: false }),
		CLOSING_MS,
	).catch(() => "it failed, as it should, or is open still");
	return await describeRun(calls, workflowId);
}

/** The newest run under the id; undefined when there is none. */
export async function describeRun(
	calls: TemporalCalls,
	workflowId: string,
): Promise<WorkflowExecutionDescription | undefined> {
	try {
		return await calls(`look at ${workflowId}`, (client) =>
			client.workflow.getHandle(workflowId).describe(),
		);
	} catch (error) {
		if (error instanceof WorkflowNotFoundError) return undefined;
		throw error;
	}
}

/** Whether the run still takes signals. */
export function isOpen({ status }: WorkflowExecutionDescription): boolean {
	return status.name === "RUNNING" || status.name === "PAUSED";
}

function isSame(
	{ memo }: WorkflowExecutionDescription,
	{ decision, plan_hash }: PlanRunInput,
): boolean {
	return (
		knownDecisionIds(decision).includes(String(memo?.decision_id)) &&
		(memo?.plan_hash ?? null) === plan_hash
	);
}

interface RunEnd {
	/** The type of the failure that closed the run; empty when it was no failure of this service. */
	type: string;
	auditHead: AuditHead | undefined;
}

/** How the run ended; undefined when it is gone. */
export async function readEnd(
	calls: TemporalCalls,
	{ workflowId, runId }: WorkflowExecutionDescription,
): Promise<RunEnd | undefined> {
	try {
		// The run is closed: this reads its close event and does not wait.
		await calls(`look at the end of ${workflowId}`, (client) =>
			client.workflow.result(workflowId, runId, { followRuns: false }),
		);
		return { type: "", auditHead: undefined };
	} catch (error) {
		if (error instanceof WorkflowNotFoundError) return undefined;
		if (!(error instanceof WorkflowFailedError)) throw error;
		const { cause } = error;
		if (!(cause instanceof ApplicationFailure))
			return { type: "", auditHead: undefined };
		const details = cause.details?.[0] as
			| { audit_head?: AuditHead | null }
			| undefined;
		return {
			type: cause.type ?? "",
			auditHead: details?.audit_head ?? undefined,
		};
	}
}
