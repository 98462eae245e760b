import {
	type ConsolidatedResult,
	consolidate,
} from "../src/domain/consolidate.ts";
import type { TicketOutcome } from "../src/domain/documents.ts";
import { type Execution, specOf } from "../src/domain/execution.ts";
import { createIncident, type IncidentFacts } from "../src/domain/incident.ts";
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
	await raiseIncident(run, incidentOf(execution, result, roundId(run)));
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

/** Resolves when the incident is on its topic; with Kafka away that may take, and is durable. */
export async function raiseIncident(
	run: PlanRun,
	facts: IncidentFacts,
): Promise<void> {
	const incident = createIncident(run.identity, facts);
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

function incidentOf(
	execution: Execution,
	result: ConsolidatedResult,
	round: string,
): IncidentFacts {
	const affected = [...execution.tickets.keys()].filter((ticket) =>
		isFailure(execution.tickets[ticket]?.outcome ?? null),
	);
	const timedOut = affected.some(
		(ticket) => execution.tickets[ticket]?.outcome === "timed_out",
	);
	return {
		occasion: `${round}/consolidation`,
		type: !result.consistent
			? "INCONSISTENCY"
			: timedOut
				? "TICKET_TIMEOUT"
				: "WORKER_FAILURE",
		details: [
			...result.errors,
			...affected.map(
				(ticket) =>
					`ticket of task ${specOf(execution, ticket).task_id} ${execution.tickets[ticket]?.outcome}: ${execution.tickets[ticket]?.errorMessage}`,
			),
		].slice(0, 100),
		affectedTickets: affected.map(
			(ticket) => specOf(execution, ticket).ticket_id,
		),
		escalate: !result.consistent,
		createdAt: Date.now(),
	};
}

function isFailure(outcome: TicketOutcome | null): boolean {
	return outcome === "failed" || outcome === "timed_out";
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
