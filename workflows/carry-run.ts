import type { DocumentWrite } from "../src/domain/documents.ts";
import type { Execution, TicketState } from "../src/domain/execution.ts";
import type { PlanTerms, TicketSpec } from "../src/domain/generate-tickets.ts";
import { restoreExecution } from "../src/domain/open-execution.ts";
import type { TicketResult } from "../src/domain/plan-run.ts";
import { readPlan } from "../src/domain/read-plan.ts";
import { textBytes } from "../src/domain/write-chunks.ts";
import { compensationRules } from "./compensate-plan.ts";
import { rulesOf, specsOfPlan } from "./generate-plan-tickets.ts";
import { historyOfChain, type PlanRun, type RunFacts } from "./plan-run.ts";

/** What one run hands to the next: everything that is not in the input and cannot be worked out again. */
export interface CarriedRun {
	facts: RunFacts;
	tickets: TicketState[];
	compensation: { specs: TicketSpec[]; tickets: TicketState[] } | null;
	inbox: TicketResult[];
	outbox: Omit<DocumentWrite, "revision">[];
}

/** Results without tickets travel up to this many, about 300 KB: the newest ones. */
export const MAX_CARRIED_UNPLACED = 1_000;

/** Outputs that are not yet written may fill this much of what is carried; Temporal takes 2 MB in all. */
const MAX_CARRIED_OUTPUT_BYTES = 512_000;

/** What the next run needs of this one, which stays as it is. */
export function carryRun(run: PlanRun): CarriedRun {
	const { facts, execution, compensation } = run;
	return {
		facts: { ...facts, historyBefore: historyOfChain(facts) },
		tickets: withoutLargeOutputs(undocumented(execution)),
		compensation:
			compensation === undefined
				? null
				: {
						specs: [...compensation.specs],
						tickets: withoutLargeOutputs(undocumented(compensation)),
					},
		inbox: [
			...run.unplaced.slice(-MAX_CARRIED_UNPLACED).map(withoutOutput),
			...run.inbox,
		],
		outbox: [...run.outbox.values()],
	};
}

/** Documents not yet written travel as not written, whole, so that the next run writes them again. */
function undocumented(execution: Execution | undefined): TicketState[] {
	if (execution === undefined) return [];
	return execution.tickets.map((state, ticket) =>
		execution.dirty.has(ticket) ? { ...state, documented: false } : state,
	);
}

/** With MongoDB away for long, outputs pile up; each record still lies where its attempt's source says. */
function withoutLargeOutputs(tickets: TicketState[]): TicketState[] {
	let bytes = 0;
	return tickets.map((state) => {
		const own = textBytes(state.output);
		bytes += own;
		if (bytes <= MAX_CARRIED_OUTPUT_BYTES || own === 0) return state;
		return { ...state, output: omitted };
	});
}

const omitted = { omitted: "it lies in the record of the result" };

function withoutOutput(result: TicketResult): TicketResult {
	const isEmpty = Object.keys(result.output).length === 0;
	return isEmpty ? result : { ...result, output: omitted };
}

export function restoreRun(run: PlanRun, carried: CarriedRun): void {
	const terms = run.facts.terms as PlanTerms;
	const planId = run.identity.plan_id;
	run.plan = readPlan(run.input.plan).plan;
	run.execution = restoreExecution(
		planId,
		specsOfPlan(run.input, terms),
		rulesOf(run.input, terms),
		carried.tickets,
	);
	if (carried.compensation !== null) {
		run.compensation = restoreExecution(
			planId,
			carried.compensation.specs,
			compensationRules(run),
			carried.compensation.tickets,
		);
	}
	run.inbox.push(...carried.inbox);
	for (const write of carried.outbox)
		run.outbox.set(`${write.collection}/${write._id}`, write);
}
