import {
	CancellationScope,
	condition,
	isCancellation,
} from "@temporalio/workflow";
import { consolidate } from "../src/domain/consolidate.ts";
import type { Execution } from "../src/domain/execution/state.ts";
import {
	compensationFacts,
	failureFacts,
} from "../src/domain/failure-facts.ts";
import { createIncident, type IncidentDraft } from "../src/domain/incident.ts";
import { isActivityError, runDurably } from "./activity-proxies.ts";
import { record } from "./record-events.ts";
import {
	type ConcludedRun,
	type PlanRun,
	type PreparedRun,
	type RunFacts,
	roundId,
} from "./run-state.ts";

/**
 * C5: decides the plan's result, keeps it for the audit, and notes that an incident is due if the plan did
 * not succeed.
 */
export function consolidatePlan(run: PreparedRun): asserts run is ConcludedRun {
	const { execution } = run;
	const result = consolidate(execution, run.facts.cancel !== null);
	run.facts.result = result;
	record(run, { kind: "planConsolidated", execution });
	if (result.status === "SUCCESS" && result.consistent) return;
	if (result.status === "CANCELLED" && result.consistent) return;
	run.facts.incidentDue = { occasion: "consolidation", createdAt: Date.now() };
}

/** A plan keeps at most so many errors, however often it is run again. */
const MAX_INCIDENT_ERRORS = 10;

/**
 * Resolves when the incident that is due, if any, is on its topic, or when Kafka says that it will never take
 * it: then the plan shows the error. While Kafka is away it waits durably and yields to a fresh run. The
 * activity finds out whether the suspects have failed. `execution` has the tickets that the incident is
 * about.
 */
export async function raiseIncident(
	run: ConcludedRun,
	execution: Execution,
	shouldYield: () => boolean,
): Promise<"finished" | "yielded"> {
	const { incidentDue } = run.facts;
	if (incidentDue === undefined) return "finished";
	const scope = new CancellationScope({ cancellable: true });
	let isWaiting = true;
	void condition(() => isWaiting && shouldYield()).then(() => scope.cancel());
	try {
		await scope.run(() => publish(run, draftOf(run, execution, incidentDue)));
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
	run: ConcludedRun,
	execution: Execution,
	{ occasion, createdAt }: NonNullable<RunFacts["incidentDue"]>,
): IncidentDraft {
	const result = run.facts.result;
	const isFirst = occasion === "consolidation";
	const { suspects, ...facts } = isFirst
		? failureFacts(execution, result)
		: compensationFacts(execution);
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
	await runDurably(run.turns, "publishIncident", incident, () => {
		run.publishingSince = Date.now();
		record(run, { kind: "waitStarted", target: "kafka" });
	});
}

/** An incident that Kafka will never take must not hold up the plan's end. */
function noteRefused(run: PlanRun, reason: string): void {
	const { facts } = run;
	facts.incidentErrors = [...(facts.incidentErrors ?? []), reason].slice(
		-MAX_INCIDENT_ERRORS,
	);
	record(run, { kind: "incidentRefused", reason });
}
