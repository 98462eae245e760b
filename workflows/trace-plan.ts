import { isFinalStatus } from "../src/domain/plan-run.ts";
import { isKept, type TracedPlan } from "../src/domain/trace/plan-spans.ts";
import { everyTicket, planDocument } from "./plan-answers.ts";
import { everyAttempt } from "./plan-history-answers.ts";
import type { PlanRun } from "./run-state.ts";

/** What the spans of a round are made from; undefined when they are not exported, or the plan runs again. */
export function tracedRound(run: PlanRun): TracedPlan | undefined {
	const { trace, received_at_ms } = run.input;
	if (trace === undefined || !isFinalStatus(run.facts.status)) return undefined;
	const plan = planDocument(run);
	if (!isKept(trace, plan)) return undefined;
	return {
		history: { plan, tickets: everyTicket(run), attempts: everyAttempt(run) },
		trace,
		received_at: received_at_ms,
	};
}
