import { patched } from "@temporalio/workflow";
import type { PolicyQuestion } from "../activities/evaluate-policy.ts";
import { createExecution } from "../src/domain/execution/open-execution.ts";
import type { ExecutionRules } from "../src/domain/execution/state.ts";
import {
	generateTickets,
	type PlanTerms,
	type TicketSpec,
	termsOf,
} from "../src/domain/generate-tickets.ts";
import type { PlanRunInput } from "../src/domain/plan-run.ts";
import { hasLongNotes } from "../src/domain/text-fields.ts";
import { orderPlan } from "../src/domain/validate-plan.ts";
import { runDurably } from "./activity-proxies.ts";
import { promiseDeadline } from "./plan-sla.ts";
import { record } from "./record-events.ts";
import type { ValidatedRun } from "./run-state.ts";
import { endInvalid } from "./validate-plan-of-run.ts";

/** C2: asks the policy gate, then makes the plan's tickets. The run is prepared then, unless a policy forbids the plan. */
export async function generatePlanTickets(run: ValidatedRun): Promise<void> {
	const { input, facts } = run;
	record(run, { kind: "generationStarted" });
	const terms = termsOf(run.plan, Date.now());
	facts.terms = terms;
	if (!(await admit(run, terms))) {
		record(run, { kind: "generationDenied" });
		return;
	}
	const specs = specsOfPlan(input, terms);
	const isCut = specs.some(({ metadata }) => hasLongNotes(metadata));
	if (isCut && patched("10-notes")) terms.cutsNotes = true;
	const execution = createExecution(
		run.identity.plan_id,
		terms.cutsNotes ? specsOfPlan(input, terms) : specs,
		rulesOf(input, terms),
		run.approval?.atMs ?? input.received_at_ms,
	);
	run.execution = execution;
	promiseDeadline(run);
	const { priority } = terms;
	record(run, { kind: "ticketsGenerated", execution, priority });
}

/** The tickets of a plan that has passed C1; the same at every call, so that a fresh run finds them again. */
export function specsOfPlan(
	input: PlanRunInput,
	terms: PlanTerms,
): TicketSpec[] {
	return generateTickets(orderPlan(input.plan), terms, input.settings);
}

export function rulesOf(
	{ settings, orchestrator_version }: PlanRunInput,
	terms: PlanTerms,
): ExecutionRules {
	return {
		dispatch: orchestrator_version === "V1" ? "all-at-once" : "as-ready",
		onFailure: "skip-descendants",
		maxAttempts: settings.ticketMaxAttempts,
		retryBackoffMs: settings.ticketRetryBackoffMs,
		queueAllowanceMs: settings.ticketQueueAllowanceMs,
		workerBackoffMs: settings.ticketWorkerBackoffMs ?? 0,
		maxRetries: terms.max_retries,
		compensation: false,
	};
}

async function admit(run: ValidatedRun, terms: PlanTerms): Promise<boolean> {
	const question: PolicyQuestion = {
		point: "before-tickets",
		plan_id: terms.plan_id,
		risk_band: terms.risk_band,
		task_count: run.plan.tasks.length,
	};
	const decision = await runDurably("evaluatePolicy", question);
	run.facts.policy = { c2: decision.outcome, c3: null };
	if (decision.outcome !== "denied") return true;
	endInvalid(
		run,
		decision.reasons.map((reason) => ({
			path: "$",
			code: "POLICY_DENIED",
			message: reason,
		})),
	);
	return false;
}
