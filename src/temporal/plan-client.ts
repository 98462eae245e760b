import type { Client } from "@temporalio/client";
import { isOpenStatus, type PlanWaits } from "../domain/plan-run.ts";
import type { Refusal } from "../domain/refusals.ts";
import { OrchestratorError } from "../errors.ts";
import type { AuditRuns } from "../plans/audit-ports.ts";
import type { RunningPlans } from "../plans/plan-ports.ts";
import type {
	ApprovalAnswerer,
	PlanStarter,
	ResultSignaller,
} from "../plans/start-ports.ts";
import type { Workflows } from "../plans/workflow-ports.ts";
import { answerApproval } from "./answer-approval.ts";
import { awaitVerdict } from "./await-verdict.ts";
import { settleEndedPlan } from "./close-ended-run.ts";
import { commandPlan } from "./command-plan.ts";
import { readAttempts, readGraph } from "./query-parts.ts";
import {
	countOpenOf,
	countOpenPlans,
	listOpenPlans,
	type OpenArm,
	queryPlan,
	readTicketPage,
	readTickets,
	readWhy,
} from "./read-open-plans.ts";
import { listRunHeads, readRunHead } from "./read-run-heads.ts";
import { describeWorkflow, queryWorkflow } from "./read-workflows.ts";
import { recordDecision } from "./record-decision.ts";
import { recordUnmatched } from "./record-unmatched.ts";
import { signalResults } from "./signal-results.ts";
import { startPlan } from "./start-plan.ts";
import { explainStuckRun, orStuck } from "./stuck-run.ts";
import { createTemporalCalls, type TemporalCalls } from "./temporal-calls.ts";
import { parseWorkflowId } from "./workflow-ids.ts";

/** All calls of this service to plans' workflows. Every call is bounded in time. */
export type PlanClient = RunningPlans &
	PlanStarter &
	ResultSignaller &
	ApprovalAnswerer &
	AuditRuns &
	Workflows & {
		/** Open plans, by Temporal's visibility, which lags about a second. */
		countOpenOf(arm: OpenArm): Promise<number>;
	};

export interface PlanClientOptions {
	/** Called for every request, so that the connection may be made later or replaced. */
	client: () => Client | Promise<Client>;
	taskQueue: string;
	/** Bound of one call to Temporal. */
	callTimeoutMs?: number;
}

/** Long enough for the SDK's own retries over a broken connection, short enough to notice an outage. */
const CALL_TIMEOUT_MS = 5_000;

/**
 * The client of plans' workflows; `src/plans/start-ports.ts` and `plan-ports.ts` have the promises of its
 * calls.
 */
export function createPlanClient({
	client,
	taskQueue,
	callTimeoutMs = CALL_TIMEOUT_MS,
}: PlanClientOptions): PlanClient {
	const calls = createTemporalCalls({ client, callTimeoutMs });
	return {
		startPlan: (input, about) =>
			refusable(startPlan(calls, taskQueue, input, about)),
		recordDecision: (input) =>
			refusable(recordDecision(calls, taskQueue, input)),
		answerApproval: (answer, source) =>
			orStuck(calls, answer.plan_id, () =>
				answerApproval(calls, taskQueue, answer, source),
			),
		recordUnmatched: (answers) => recordUnmatched(calls, taskQueue, answers),
		signalResults: (planId, results) => signalResults(calls, planId, results),
		command: (planId, name, command) =>
			orStuck(calls, planId, () =>
				commandPlan(calls, taskQueue, planId, name, command),
			),
		awaitVerdict: (planId) => awaitVerdict(calls, planId),
		readPlan: (planId) =>
			orStuck(calls, planId, () => queryPlan(calls, planId)),
		readTickets: (planId, range = {}) =>
			orStuck(calls, planId, () => readTickets(calls, planId, range)),
		readTicketPage: (planId, query) =>
			orStuck(calls, planId, () => readTicketPage(calls, planId, query)),
		readWhy: (planId) => readWhyOfAny(calls, taskQueue, planId),
		settleEnded: (planId) => settleEndedPlan(calls, taskQueue, planId),
		readGraph: (planId) =>
			orStuck(calls, planId, () => readGraph(calls, planId)),
		readAttempts: (planId) =>
			orStuck(calls, planId, () => readAttempts(calls, planId)),
		listOpenPlans: (limit) => listOpenPlans(calls, taskQueue, limit),
		readRunHead: (planId) => readRunHead(calls, planId),
		listRunHeads: () => listRunHeads(calls, taskQueue),
		countOpenPlans: () => countOpenPlans(calls, taskQueue),
		countOpenOf: (arm) => countOpenOf(calls, taskQueue, arm),
		describe: (workflowId) => describeWorkflow(calls, workflowId),
		query: (workflowId, name, args) =>
			queryWorkflow(calls, workflowId, name, args),
		planIdOf,
	};
}

/** A run that is stuck or was ended from outside cannot answer correctly: ask Temporal about it. */
async function readWhyOfAny(
	calls: TemporalCalls,
	taskQueue: string,
	planId: string,
): Promise<PlanWaits | undefined> {
	try {
		const waits = await readWhy(calls, planId);
		const isOpen = waits !== undefined && isOpenStatus(waits.status);
		if (!isOpen) return waits;
		const isClosed = await settleEndedPlan(calls, taskQueue, planId);
		// The run was ended, so the plan waits for nothing: the read model has the plan's end.
		return isClosed ? undefined : waits;
	} catch (error) {
		const waits = await explainStuckRun(calls, planId);
		if (waits === undefined) throw error;
		return waits;
	}
}

/** When Temporal will never accept the input, the sender gets that as an answer, not as a failure. */
async function refusable<T>(start: Promise<T>): Promise<T | Refusal> {
	try {
		return await start;
	} catch (error) {
		if (!(error instanceof OrchestratorError)) throw error;
		const { code, message: reason } = error;
		if (code !== "PLAN_TOO_LARGE" && code !== "MESSAGE_INVALID") throw error;
		const hint = "correct the message as the reason says and publish it again";
		return { kind: "refused", code, reason, hint };
	}
}

function planIdOf(workflowId: string): string | undefined {
	const subject = parseWorkflowId(workflowId);
	return subject?.kind === "plan" ? subject.planId : undefined;
}
