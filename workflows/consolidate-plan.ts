import {
	CancellationScope,
	condition,
	isCancellation,
} from "@temporalio/workflow";
import {
	type ConsolidatedResult,
	consolidate,
} from "../src/domain/consolidate.ts";
import type { Execution } from "../src/domain/execution/state.ts";
import {
	compensationFacts,
	failureFacts,
} from "../src/domain/failure-facts.ts";
import { createIncident, type IncidentDraft } from "../src/domain/incident.ts";
import {
	durable,
	isActivityError,
	local,
	quickThenDurable,
} from "./activity-proxies.ts";
import {
	beginStep,
	endStep,
	keepDocument,
	labelsOf,
	type PlanRun,
	type RunFacts,
	roundId,
} from "./plan-run.ts";
import { countByType, planSink, type TicketCount } from "./plan-sinks.ts";

/** C5: decides what became of the plan, keeps it for the audit, and says that an incident is due when it did not succeed. */
export function consolidatePlan(run: PlanRun): void {
	const execution = run.execution as Execution;
	beginStep(run, "C5");
	const result = consolidate(execution, run.facts.cancel !== null);
	run.facts.result = result;
	keepResult(run);
	endStep(run, "C5");
	planSink.ticketsEnded(labelsOf(run), countEnded(execution));
	if (result.status === "SUCCESS" && result.consistent) return;
	if (result.status === "CANCELLED" && result.consistent) return;
	run.facts.incidentDue = { occasion: "consolidation", createdAt: Date.now() };
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

/** A plan that is run again and again keeps no more of them. */
const MAX_INCIDENT_ERRORS = 10;

/**
 * Resolves when the incident that is due, if any, is on its topic, or when Kafka says that it never will be:
 * that stands in the plan then. With Kafka away it waits, durably, and yields to a fresh run. Whether the
 * suspects have failed is found out on the way.
 */
export async function raiseIncident(
	run: PlanRun,
	shouldYield: () => boolean,
): Promise<"finished" | "yielded"> {
	const { incidentDue } = run.facts;
	if (incidentDue === undefined) return "finished";
	const scope = new CancellationScope({ cancellable: true });
	let isWaiting = true;
	void condition(() => isWaiting && shouldYield()).then(() => scope.cancel());
	try {
		await scope.run(() => publish(run, draftOf(run, incidentDue)));
	} catch (error) {
		if (isCancellation(error)) return "yielded";
		if (!isActivityError(error)) throw error;
		noteRefused(run, error.cause?.message ?? error.message);
	} finally {
		isWaiting = false;
		run.publishingSince = null;
	}
	delete run.facts.incidentDue;
	return "finished";
}

function draftOf(
	run: PlanRun,
	{ occasion, createdAt }: NonNullable<RunFacts["incidentDue"]>,
): IncidentDraft {
	const result = run.facts.result as ConsolidatedResult;
	const isFirst = occasion === "consolidation";
	const { suspects, ...facts } = isFirst
		? failureFacts(run.execution as Execution, result)
		: compensationFacts(run.compensation as Execution);
	const incident = createIncident(run.identity, {
		...facts,
		occasion: `${roundId(run)}/${occasion}`,
		escalate: isFirst ? !result.consistent : true,
		createdAt,
	});
	return suspects.length > 0
		? { ...incident, suspected_agents: suspects }
		: incident;
}

async function publish(run: PlanRun, incident: IncidentDraft): Promise<void> {
	await quickThenDurable(
		() => local.publishIncident(incident),
		() => durable.publishIncident(incident),
		() => {
			run.publishingSince = Date.now();
			planSink.fallback(labelsOf(run), "kafka");
		},
	);
}

/** The plan's end must not hang on what nobody will ever take. */
function noteRefused(run: PlanRun, why: string): void {
	const { facts } = run;
	facts.incidentErrors = [...(facts.incidentErrors ?? []), why].slice(
		-MAX_INCIDENT_ERRORS,
	);
	run.planDirty = true;
	planSink.incidentRefused(labelsOf(run), why);
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
