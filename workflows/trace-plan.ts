import { isFinalStatus } from "../src/domain/plan-run.ts";
import { isKept, type TracedPlan } from "../src/domain/trace/plan-spans.ts";
import { everyTicket, planDocument } from "./plan-answers.ts";
import { everyAttempt } from "./plan-history-answers.ts";
import { slaDeadline } from "./plan-sla.ts";
import type { PlanRun } from "./run-state.ts";

/** Whether the spans of the plan are exported; before its end only a sampled plan is known to be. */
export function isExported(run: PlanRun): boolean {
	const { trace } = run.input;
	if (trace === undefined) return false;
	const { status, finishedAt: finished_at } = run.facts;
	if (trace.sampled || !isFinalStatus(status)) return trace.sampled;
	return isKept(trace, { status, finished_at, sla_deadline: slaDeadline(run) });
}

/** What the spans of a round are made from; undefined when they are not exported, or the plan runs again. */
export function tracedRound(run: PlanRun): TracedPlan | undefined {
	const { trace, received_at_ms } = run.input;
	const isOver = isFinalStatus(run.facts.status);
	if (trace === undefined || !isOver || !isExported(run)) return undefined;
	return {
		history: {
			plan: planDocument(run),
			tickets: everyTicket(run),
			attempts: everyAttempt(run),
		},
		trace,
		received_at: received_at_ms,
	};
}
