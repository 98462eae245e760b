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
import {
	type ConcludedRun,
	type PlanRun,
	type PreparedRun,
	type RunFacts,
	roundId,
} from "./plan-run.ts";
import { record } from "./record-events.ts";

/** C5: decides what became of the plan, keeps it for the audit, and says that an incident is due when it did not succeed. */
export function consolidatePlan(run: PreparedRun): asserts run is ConcludedRun {
	const { execution } = run;
	const result = consolidate(execution, run.facts.cancel !== null);
	run.facts.result = result;
	record(run, { kind: "planConsolidated", execution });
	if (result.status === "SUCCESS" && result.consistent) return;
	if (result.status === "CANCELLED" && result.consistent) return;
	run.facts.incidentDue = { occasion: "consolidation", createdAt: Date.now() };
}

/** A plan that is run again and again keeps no more of them. */
const MAX_INCIDENT_ERRORS = 10;

/**
 * Resolves when the incident that is due, if any, is on its topic, or when Kafka says that it never will be:
 * that stands in the plan then. With Kafka away it waits, durably, and yields to a fresh run. Whether the
 * suspects have failed is found out on the way. `execution` has the tickets that the incident is about.
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
	await runDurably("publishIncident", incident, () => {
		run.publishingSince = Date.now();
		record(run, { kind: "waitStarted", target: "kafka" });
	});
}

/** The plan's end must not hang on what nobody will ever take. */
function noteRefused(run: PlanRun, reason: string): void {
	const { facts } = run;
	facts.incidentErrors = [...(facts.incidentErrors ?? []), reason].slice(
		-MAX_INCIDENT_ERRORS,
	);
	record(run, { kind: "incidentRefused", reason });
}
