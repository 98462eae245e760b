import assert from "node:assert/strict";
import { createExecution } from "../../src/domain/execution/open-execution.ts";
import type {
	Execution,
	ExecutionRules,
} from "../../src/domain/execution/state.ts";
import {
	endTicket,
	markPublished,
	type Publication,
	takeReady,
} from "../../src/domain/execution/transitions.ts";
import {
	generateTickets,
	type PlanTerms,
	type TicketSpec,
	termsOf,
} from "../../src/domain/generate-tickets.ts";
import type { PlanIdentity } from "../../src/domain/wire-ticket.ts";
import { planSettings } from "./plan-inputs.ts";
import { passedPlan, planJson, type TaskSketch } from "./plans.ts";

/** When the tests' tickets are made, Unix epoch, ms. */
export const madeAtMs = 1_000_000;

export const identity: PlanIdentity = {
	plan_id: "p-1",
	intent_id: "i-1",
	decision_id: "d-1",
	correlation_id: "c-1",
	trace_id: null,
	span_id: null,
	workflow_id: "orch-p-1",
	orchestrator_version: "V2",
};

/** Attempts time out after `1.5 * 1,000 * 1 + 500` ms, back off for 100 ms, then 200. */
export const rules: ExecutionRules = {
	dispatch: "as-ready",
	onFailure: "skip-descendants",
	maxAttempts: 2,
	retryBackoffMs: 100,
	queueAllowanceMs: 500,
	maxRetries: 0,
	compensation: false,
};
export const TIMEOUT_MS = 2_000;

export const v1: Partial<ExecutionRules> = { dispatch: "all-at-once" };

export interface TicketsOfPlan {
	specs: TicketSpec[];
	terms: PlanTerms;
}

/** C2 of a plan with these tasks. */
export function ticketsOf(
	tasks: readonly TaskSketch[],
	changes: Record<string, unknown> = {},
	settings = planSettings,
	more: Partial<PlanTerms> = {},
): TicketsOfPlan {
	const validated = passedPlan(planJson(tasks, changes));
	const terms = { ...termsOf(validated.plan, madeAtMs), ...more };
	return { specs: generateTickets(validated, terms, settings), terms };
}

/** Execution of a plan with these tasks, none published. Tasks estimated at nothing time out by the minimum. */
export function newExecution(
	tasks: readonly TaskSketch[],
	changes: Partial<ExecutionRules> = {},
): Execution {
	const { specs } = ticketsOf(
		tasks.map(([id, needs, fields]) => [
			id,
			needs ?? [],
			{ estimated_duration_ms: 0, ...fields },
		]),
	);
	return createExecution("p-1", specs, { ...rules, ...changes });
}

/** Publishes whatever is ready, as the workflow does, and answers the tasks' ids. */
export function publishReady(execution: Execution, atMs: number): string[] {
	const publications = takeReady(execution);
	markPublished(execution, publications, atMs);
	return publications.map((publication) => taskOf(execution, publication));
}

export function taskOf(execution: Execution, { ticket }: Publication): string {
	return execution.specs[ticket]?.task_id ?? "";
}

/** Position of a task's ticket. */
export function ticketOf(execution: Execution, taskId: string): number {
	const ticket = execution.specs.findIndex(({ task_id }) => task_id === taskId);
	assert.notEqual(ticket, -1, `no ticket of task ${taskId}`);
	return ticket;
}

/** Outcome, or else phase, of every ticket by task. */
export function standOf(execution: Execution): Record<string, string> {
	return Object.fromEntries(
		execution.tickets.map(({ outcome, phase }, ticket) => [
			execution.specs[ticket]?.task_id,
			outcome ?? phase,
		]),
	);
}

/** Everything published, then each named task ended as told, in this order. */
export function endedExecution(
	tasks: readonly TaskSketch[],
	ends: Record<string, "completed" | "failed" | "timed_out">,
): Execution {
	const execution = newExecution(tasks, { ...v1, maxAttempts: 1 });
	publishReady(execution, madeAtMs);
	for (const [taskId, outcome] of Object.entries(ends))
		endTicket(execution, ticketOf(execution, taskId), {
			outcome,
			at: madeAtMs + 10,
		});
	return execution;
}
