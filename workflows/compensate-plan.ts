import {
	beginCompensation,
	settleCompensation,
} from "../src/domain/execution/compensation.ts";
import { createExecution } from "../src/domain/execution/open-execution.ts";
import { planCompensation } from "../src/domain/execution/plan-compensation.ts";
import type {
	Execution,
	ExecutionRules,
} from "../src/domain/execution/state.ts";
import type { PlanTerms } from "../src/domain/generate-tickets.ts";
import { raiseIncident } from "./consolidate-plan.ts";
import type { DocumentWriter } from "./document-writer.ts";
import { rulesOf } from "./generate-plan-tickets.ts";
import { moveStatus } from "./move-status.ts";
import type { PlanRun } from "./plan-run.ts";
import { record } from "./record-events.ts";
import { runTickets } from "./run-tickets.ts";

/**
 * Undoes what a failed, partial or (when asked) cancelled plan did, and sees it undone, then gives the
 * plan its final status. A compensation that fails does not stop the others: a person is told.
 */
export async function compensatePlan(
	run: PlanRun,
	writer: DocumentWriter,
	shouldYield: () => boolean,
	shouldYieldWait: () => boolean,
): Promise<"finished" | "yielded"> {
	const { facts } = run;
	if (facts.result === null) return "finished";
	run.compensation ??= openCompensation(run);
	if (run.compensation.specs.length > 0) {
		moveStatus(
			run,
			"compensationBegun",
			facts.pausedAtMs === null ? "COMPENSATING" : "PAUSED",
		);
		const ended = await runTickets({
			run,
			execution: run.compensation,
			writer,
			bounded: false,
			shouldYield,
		});
		if (ended === "yielded") return ended;
		// A run before may have come as far as its incident.
		if (facts.incidentDue === undefined) endCompensation(run, run.compensation);
		const raised = await raiseIncident(run, shouldYieldWait);
		if (raised === "yielded") return raised;
	}
	moveStatus(run, "concluded", facts.result.status);
	record(run, { kind: "planEnded" });
	return "finished";
}

/** Compensations are published when what they follow is undone, under both versions, and go on past a failure. */
export function compensationRules(run: PlanRun): ExecutionRules {
	return {
		...rulesOf(run.input, run.facts.terms as PlanTerms),
		dispatch: "as-ready",
		onFailure: "go-on",
		compensation: true,
	};
}

function openCompensation(run: PlanRun): Execution {
	const execution = run.execution as Execution;
	const { originals, specs } = chooseCompensation(run, execution);
	run.facts.compensatedOriginals = originals;
	beginCompensation(execution, originals, specs);
	const count = originals.length;
	if (count > 0) record(run, { kind: "compensationStarted", count });
	return createExecution(
		run.identity.plan_id,
		specs,
		compensationRules(run),
		run.facts.lastReceiptAtMs,
	);
}

function chooseCompensation(
	run: PlanRun,
	execution: Execution,
): ReturnType<typeof planCompensation> {
	const { result, cancel, terms } = run.facts;
	const cancelled = result?.status === "CANCELLED";
	const wanted =
		result?.status === "FAILED" ||
		result?.status === "PARTIAL" ||
		(cancelled && cancel?.compensate === true);
	if (!wanted) return { originals: [], specs: [] };
	return planCompensation(
		execution,
		{ ...(terms as PlanTerms), created_at: Date.now() },
		cancelled,
	);
}

function endCompensation(run: PlanRun, compensation: Execution): void {
	const execution = run.execution as Execution;
	const { tickets } = compensation;
	const completed = tickets.filter(
		({ outcome }) => outcome === "completed",
	).length;
	const failed = tickets.length - completed;
	settleCompensation(execution, run.facts.compensatedOriginals, compensation);
	if (run.facts.result !== null)
		run.facts.result.metrics.compensated_tickets = completed;
	record(run, { kind: "compensationEnded", completed, failed });
	if (failed === 0) return;
	run.facts.incidentDue = { occasion: "compensation", createdAt: Date.now() };
}
