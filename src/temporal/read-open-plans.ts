import { WorkflowNotFoundError } from "@temporalio/client";
import type { PlanDocument, TicketDocument } from "../domain/documents.ts";
import {
	type OrchestratorVersion,
	PLAN_WORKFLOW_TYPE,
	type PlanWaits,
	planQueries,
	workingPlanStatuses,
} from "../domain/plan-run.ts";
import { searchAttributes } from "../domain/search-attributes.ts";
import type {
	OpenPlans,
	TicketPage,
	TicketQuery,
} from "../plans/plan-ports.ts";
import { queryRun } from "./query-run.ts";
import type { TemporalCalls } from "./temporal-calls.ts";
import { parseWorkflowId, planWorkflowId } from "./workflow-ids.ts";

/** Concurrent queries: each costs a workflow task on a worker. */
const QUERY_CONCURRENCY = 8;
/** Without a worker every query takes its whole time-out; a list waits no longer than this. */
const LIST_TIMEOUT_MS = 8_000;

export interface TicketRange {
	ids?: readonly string[];
	offset?: number;
	limit?: number;
}

/**
 * Counts the plans of this task queue that are at work, by Temporal's visibility, which lags about a second.
 */
export async function countOpenPlans(
	calls: TemporalCalls,
	taskQueue: string,
): Promise<number> {
	const statuses = workingPlanStatuses.map(quote).join(", ");
	const query = `${openRunsQuery(taskQueue)} AND PlanStatus IN (${statuses})`;
	const { count } = await calls("count of open plans", (client) =>
		client.workflow.count(query),
	);
	return count;
}

/** What open plans run under: a version of the orchestrator, or a build of a worker deployment. */
export type OpenArm =
	| { version: OrchestratorVersion }
	| { deployment: string; build: string };

/** Counts the open plans that run there, likewise. */
export async function countOpenOf(
	calls: TemporalCalls,
	taskQueue: string,
	arm: OpenArm,
): Promise<number> {
	const where =
		"version" in arm
			? `${searchAttributes.orchestratorVersion.name} = ${quote(arm.version)}`
			: `TemporalWorkerDeploymentVersion = ${quote(`${arm.deployment}:${arm.build}`)}`;
	const query = `${openRunsQuery(taskQueue)} AND ${where}`;
	const { count } = await calls("count of open plans", (client) =>
		client.workflow.count(query),
	);
	return count;
}

/**
 * Plans with open runs, from their workflows; also plans that have ended and wait for MongoDB. Throws only
 * when Temporal cannot list the runs: a plan that does not answer is named in `missing`.
 */
export async function listOpenPlans(
	calls: TemporalCalls,
	taskQueue: string,
	limit: number,
): Promise<OpenPlans> {
	const asked = await listWorkflowIds(calls, taskQueue, limit);
	const open: OpenPlans = { plans: [], missing: [] };
	const untilMs = performance.now() + LIST_TIMEOUT_MS;
	for (let at = 0; at < asked.length; at += QUERY_CONCURRENCY) {
		const some = asked.slice(at, at + QUERY_CONCURRENCY);
		if (performance.now() > untilMs) {
			open.missing.push(...asked.slice(at).map(planIdOf));
			break;
		}
		await Promise.all(
			some.map(async (id) => {
				try {
					const plan = await ask<PlanDocument>(calls, id, planQueries.plan);
					if (plan !== undefined) open.plans.push(plan);
				} catch {
					open.missing.push(planIdOf(id));
				}
			}),
		);
	}
	return open;
}

/** The plan's document, from its workflow; undefined when the plan has no run. */
export async function queryPlan(
	calls: TemporalCalls,
	planId: string,
): Promise<PlanDocument | undefined> {
	return await askPlan(calls, planId, planQueries.plan);
}

/** The plan's tickets, from its workflow; undefined when the plan has no run. */
export async function readTickets(
	calls: TemporalCalls,
	planId: string,
	range: TicketRange,
): Promise<TicketDocument[] | undefined> {
	return await askPlan(calls, planId, planQueries.tickets, range);
}

/** A part of a page of the plan's tickets; undefined when the plan has no run. */
export async function readTicketPage(
	calls: TemporalCalls,
	planId: string,
	query: TicketQuery,
): Promise<TicketPage | undefined> {
	return await askPlan(calls, planId, planQueries.ticketPage, query);
}

/** What the plan waits for; undefined when the plan has no run. */
export async function readWhy(
	calls: TemporalCalls,
	planId: string,
): Promise<PlanWaits | undefined> {
	return await askPlan(calls, planId, planQueries.why);
}

/** A workflow's answer to a query; undefined when the plan has no run. */
export async function askPlan<T>(
	calls: TemporalCalls,
	planId: string,
	query: string,
	...args: unknown[]
): Promise<T | undefined> {
	return await ask<T>(calls, planWorkflowId(planId), query, ...args);
}

function planIdOf(workflowId: string): string {
	const subject = parseWorkflowId(workflowId);
	return subject?.kind === "plan" ? subject.planId : workflowId;
}

async function ask<T>(
	calls: TemporalCalls,
	workflowId: string,
	query: string,
	...args: unknown[]
): Promise<T | undefined> {
	try {
		return await queryRun<T>(calls, { workflowId }, query, ...args);
	} catch (error) {
		if (error instanceof WorkflowNotFoundError) return undefined;
		throw error;
	}
}

async function listWorkflowIds(
	calls: TemporalCalls,
	taskQueue: string,
	limit: number,
): Promise<string[]> {
	const query = openRunsQuery(taskQueue);
	return await calls("list of open plans", async (client) => {
		const workflowIds: string[] = [];
		for await (const { workflowId } of client.workflow.list({
			query,
			pageSize: Math.min(limit, 1_000),
		})) {
			if (workflowIds.length >= limit) break;
			workflowIds.push(workflowId);
		}
		return workflowIds;
	});
}

/** The open runs, including those of plans that only wait for MongoDB. */
function openRunsQuery(taskQueue: string): string {
	return [
		`WorkflowType = ${quote(PLAN_WORKFLOW_TYPE)}`,
		`TaskQueue = ${quote(taskQueue)}`,
		"ExecutionStatus = 'Running'",
	].join(" AND ");
}

function quote(text: string): string {
	return `'${text.replaceAll("'", "''")}'`;
}
