import { patched } from "@temporalio/workflow";
import { createExecution } from "../src/domain/execution/open-execution.ts";
import type { ExecutionRules } from "../src/domain/execution/state.ts";
import {
	generateTickets,
	type PlanTerms,
	type TicketSpec,
	termsOf,
} from "../src/domain/generate-tickets.ts";
import type { PlanRunInput } from "../src/domain/plan-run.ts";
import { questionAboutPlan } from "../src/domain/policy-question.ts";
import { hasLongNotes } from "../src/domain/text-fields.ts";
import { orderPlan } from "../src/domain/validate-plan.ts";
import { awaitDecision, enterDecision } from "./ask-policy.ts";
import type { DocumentFlusher } from "./document-flusher.ts";
import { hasPatch, isPatched } from "./patches.ts";
import { promiseDeadline } from "./plan-sla.ts";
import { record } from "./record-events.ts";
import type { ValidatedRun } from "./run-state.ts";
import { endInvalid } from "./validate-plan-of-run.ts";

/**
 * C2: makes the plan's tickets; the run is prepared then. A plan that waited for a person is judged by policies
 * once more before, and may end by that. A fresh run goes on with the wait for them.
 */
export async function generatePlanTickets(
	run: ValidatedRun,
	flusher: DocumentFlusher,
	yields: () => boolean,
): Promise<"finished" | "yielded"> {
	const { input, facts } = run;
	record(run, { kind: "generationStarted" });
	const terms = termsOf(run.plan, Date.now());
	const admitted = await admit(run, flusher, yields);
	if (admitted === "yielded") return admitted;
	// Not before: a run with terms has its tickets.
	facts.terms = terms;
	if (!admitted) {
		record(run, { kind: "generationDenied" });
		return "finished";
	}
	// Runs whose answer has no patches go on in the order of earlier builds, or have one mark for both changes.
	const isPredicted = input.predictions !== undefined;
	facts.hasOneLastWrite = isPredicted
		? isPatched(run, "16-one-last-write")
		: hasPatch(run, "16-one-last-write");
	if (isPredicted && (facts.hasOneLastWrite || patched("15-predictions")))
		terms.isPredicted = true;
	// A run that an earlier build began has smaller documents, which are cut in other places.
	if (hasMarks(run.plan) && isPatched(run, "16-marks")) terms.isMarked = true;
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
	return "finished";
}

function hasMarks({ sensitive, tasks }: ValidatedRun["plan"]): boolean {
	return (
		sensitive !== undefined ||
		tasks.some(({ metadata }) => metadata.sensitive !== undefined)
	);
}

/** The tickets of a plan that has passed C1; the same at every call, so that a fresh run finds them again. */
export function specsOfPlan(
	input: PlanRunInput,
	terms: PlanTerms,
): TicketSpec[] {
	const predictions = terms.isPredicted && input.predictions;
	const plan = orderPlan(input.plan);
	return generateTickets(plan, terms, input.settings, predictions);
}

export function rulesOf(
	{ settings, orchestrator_version }: PlanRunInput,
	terms: PlanTerms,
	hasFallenBack = false,
): ExecutionRules {
	const isV1 = orchestrator_version === "V1" || hasFallenBack;
	return {
		dispatch: isV1 ? "all-at-once" : "as-ready",
		onFailure: "skip-descendants",
		maxAttempts: settings.ticketMaxAttempts,
		retryBackoffMs: settings.ticketRetryBackoffMs,
		queueAllowanceMs: settings.ticketQueueAllowanceMs,
		workerBackoffMs: settings.ticketWorkerBackoffMs ?? 0,
		maxRetries: terms.max_retries,
		...(settings.preemptionDelayMs !== undefined && {
			preemptionDelayMs: settings.preemptionDelayMs,
		}),
		compensation: false,
	};
}

/** Runs of earlier releases are judged here alone. */
async function admit(
	run: ValidatedRun,
	flusher: DocumentFlusher,
	yields: () => boolean,
): Promise<boolean | "yielded"> {
	const { facts, identity, input, plan } = run;
	if (input.settings.policyFirst && facts.approvalWait === null) return true;
	const untilMs = facts.limitAtMs ?? Infinity;
	const question = questionAboutPlan(input, identity.workflow_id, plan);
	const bounds = { step: "c2", flusher, untilMs, yields } as const;
	const decision = await awaitDecision(run, question, bounds);
	if (decision === "yielded") return decision;
	if (decision === "ended") return false;
	facts.policy = { ...facts.policy, c2: decision.outcome, c3: null };
	const problems = enterDecision(run, decision);
	if (problems.length > 0) endInvalid(run, problems);
	return problems.length === 0;
}
