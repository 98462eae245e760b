import { patched } from "@temporalio/workflow";
import {
	beginCompensation,
	settleCompensation,
} from "../src/domain/execution/compensation.ts";
import { createExecution } from "../src/domain/execution/open-execution.ts";
import {
	type CompensationPlan,
	planCompensation,
} from "../src/domain/execution/plan-compensation.ts";
import type {
	Execution,
	ExecutionRules,
} from "../src/domain/execution/state.ts";
import type { PlanTerms } from "../src/domain/generate-tickets.ts";
import type { PlanRunInput } from "../src/domain/plan-run.ts";
import { raiseIncident } from "./consolidate-plan.ts";
import type { DocumentFlusher } from "./document-flusher.ts";
import { rulesOf } from "./generate-plan-tickets.ts";
import { moveStatus } from "./move-status.ts";
import { record } from "./record-events.ts";
import { type ConcludedRun, noteHeld } from "./run-state.ts";
import { runTickets } from "./run-tickets.ts";

/**
 * Undoes the work of a failed, partial or (when asked) cancelled plan, waits until it is undone, then gives
 * the plan its final status. A compensation that fails does not stop the others: an incident tells a person.
 */
export async function compensatePlan(
	run: ConcludedRun,
	flusher: DocumentFlusher,
	shouldYield: () => boolean,
	shouldYieldWait: () => boolean,
): Promise<"finished" | "yielded"> {
	const { facts } = run;
	const compensation = run.compensation ?? openCompensation(run);
	run.compensation = compensation;
	if (compensation.specs.length > 0) {
		beginCompensating(run);
		const ended = await runTickets({
			run,
			execution: compensation,
			flusher,
			bounded: false,
			shouldYield,
		});
		if (ended === "yielded") return ended;
		// A run before may have ended the compensation already; its incident is still due.
		if (facts.incidentDue === undefined) endCompensation(run, compensation);
		const raised = await raiseIncident(run, compensation, shouldYieldWait);
		if (raised === "yielded") return raised;
	}
	moveStatus(run, "concluded", facts.result.status);
	noteHeld(run, Date.now());
	// No work was left for a pause to stop.
	facts.pausedAtMs = null;
	facts.pausedFrom = null;
	record(run, { kind: "planEnded" });
	return "finished";
}

/** Under both versions a compensation is published when those before it are done, and goes on past a failure. */
export function compensationRules(
	input: PlanRunInput,
	terms: PlanTerms,
): ExecutionRules {
	return {
		...rulesOf(input, terms),
		dispatch: "as-ready",
		onFailure: "go-on",
		compensation: true,
	};
}

/** Under a pause the plan stays paused, and a resume goes on with the compensation. */
function beginCompensating(run: ConcludedRun): void {
	const { facts } = run;
	const isPaused = facts.pausedAtMs !== null;
	moveStatus(run, "compensationBegun", isPaused ? "PAUSED" : "COMPENSATING");
	if (!isPaused || facts.pausedFrom === "COMPENSATING") return;
	// Runs from before the patch resumed as RUNNING, and may have moved on from there.
	if (patched("10-paused-compensation")) facts.pausedFrom = "COMPENSATING";
}

function openCompensation(run: ConcludedRun): Execution {
	const { execution, facts, input, identity } = run;
	const { originals, specs } = chooseCompensation(run);
	facts.compensatedOriginals = originals;
	beginCompensation(execution, originals, specs);
	const count = originals.length;
	if (count > 0) record(run, { kind: "compensationStarted", count });
	return createExecution(
		identity.plan_id,
		specs,
		compensationRules(input, facts.terms),
		facts.lastReceiptAtMs,
	);
}

function chooseCompensation({
	execution,
	facts,
}: ConcludedRun): CompensationPlan {
	const { result, cancel, terms } = facts;
	const cancelled = result.status === "CANCELLED";
	const wanted =
		result.status === "FAILED" ||
		result.status === "PARTIAL" ||
		(cancelled && cancel?.compensate === true);
	if (!wanted) return { originals: [], specs: [] };
	const dated = { ...terms, created_at: Date.now() };
	return planCompensation(execution, dated, cancelled);
}

function endCompensation(run: ConcludedRun, compensation: Execution): void {
	const { execution, facts } = run;
	const { tickets } = compensation;
	const completed = tickets.filter(
		({ outcome }) => outcome === "completed",
	).length;
	const failed = tickets.length - completed;
	settleCompensation(execution, facts.compensatedOriginals, compensation);
	facts.result.metrics.compensated_tickets = completed;
	record(run, { kind: "compensationEnded", completed, failed });
	if (failed === 0) return;
	facts.incidentDue = { occasion: "compensation", createdAt: Date.now() };
}
