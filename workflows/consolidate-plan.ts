import { consolidate } from "../src/domain/consolidate.ts";
import type { Execution } from "../src/domain/execution/state.ts";
import { failureFacts } from "../src/domain/failure-facts.ts";
import {
	createIncident,
	type IncidentDraft,
	type IncidentFacts,
} from "../src/domain/incident.ts";
import { durable, local, quickThenDurable } from "./activity-proxies.ts";
import {
	beginStep,
	endStep,
	keepDocument,
	labelsOf,
	type PlanRun,
	roundId,
} from "./plan-run.ts";
import { countByType, planSink, type TicketCount } from "./plan-sinks.ts";

/** C5: decides what became of the plan, keeps it for the audit, and raises an incident when it did not succeed. */
export async function consolidatePlan(run: PlanRun): Promise<void> {
	const execution = run.execution as Execution;
	beginStep(run, "C5");
	const result = consolidate(execution, run.facts.cancel !== null);
	run.facts.result = result;
	keepResult(run);
	endStep(run, "C5");
	planSink.ticketsEnded(labelsOf(run), countEnded(execution));
	if (result.status === "SUCCESS" && result.consistent) return;
	if (result.status === "CANCELLED" && result.consistent) return;
	const { suspects, ...facts } = failureFacts(execution, result);
	await raiseIncident(
		run,
		{
			...facts,
			occasion: `${roundId(run)}/consolidation`,
			escalate: !result.consistent,
			createdAt: Date.now(),
		},
		suspects,
	);
}

/** (Again) keeps the result of this round: compensation changes its figures. */
export function keepResult(run: PlanRun): void {
	const { identity, facts } = run;
	keepDocument(run, {
		collection: "workflow_results",
		_id: roundId(run),
		fields: { ...identity, ...facts.result, consolidated_at: Date.now() },
	});
}

/**
 * Resolves when the incident is on its topic; with Kafka away that may take, and is durable. Whether the
 * suspects have failed is found out on the way.
 */
export async function raiseIncident(
	run: PlanRun,
	facts: IncidentFacts,
	suspects: string[] = [],
): Promise<void> {
	const incident: IncidentDraft = {
		...createIncident(run.identity, facts),
		...(suspects.length > 0 && { suspected_agents: suspects }),
	};
	await quickThenDurable(
		() => local.publishIncident(incident),
		() => durable.publishIncident(incident),
		() => {
			run.publishingSince = Date.now();
			planSink.fallback(labelsOf(run), "kafka");
		},
	);
	run.publishingSince = null;
}

function countEnded({
	tickets,
	specs,
}: Execution): (TicketCount & { outcome: string })[] {
	const byOutcome = Map.groupBy(
		tickets.keys(),
		(ticket) => tickets[ticket]?.outcome ?? "open",
	);
	return [...byOutcome].flatMap(([outcome, own]) =>
		countByType(own.flatMap((ticket) => specs[ticket] ?? [])).map((count) => ({
			...count,
			outcome,
		})),
	);
}
