import type {
	IncidentType,
	OrchestrationIncident,
} from "../../schemas/orchestration-incident.ts";
import { canonicalJson, textHash } from "./canonical-json.ts";
import { firstWithin } from "./payload-limits.ts";
import { nameUuid } from "./ticket-ids.ts";
import type { PlanIdentity } from "./wire-ticket.ts";

const playbooks: Record<IncidentType, string | null> = {
	TICKET_TIMEOUT: "ticket_timeout_recovery",
	WORKER_FAILURE: "worker_failure_recovery",
	SLA_VIOLATION: "sla_violation_mitigation",
	INCONSISTENCY: null,
};

const actions: Record<IncidentType, string> = {
	TICKET_TIMEOUT:
		"see whether the workers in the evidence still work, then run the first task that timed out again: orchestrator plans rerun <plan-id> --task <task-id>",
	WORKER_FAILURE:
		"replace the workers that lost their lease, then run their tasks again: orchestrator plans rerun <plan-id> --task <task-id>",
	SLA_VIOLATION:
		"see which tasks took longer than estimated: orchestrator sla plan <plan-id>",
	INCONSISTENCY:
		"compare the evidence with the plan before anything is run again: orchestrator plans timeline <plan-id>",
};

/** A person looks at these in any case (contracts.md, "Incidents"). */
const escalated: readonly IncidentType[] = ["SLA_VIOLATION", "WORKER_FAILURE"];

/** Sentences an incident carries. */
const MAX_DETAILS = 100;
/** Ids an incident names. */
const MAX_AFFECTED = 4_000;
/** Limit of its sentences and of its ids: the topic takes 512 KB, and the text may not compress. */
const MAX_DETAILS_BYTES = 80_000;
const MAX_AFFECTED_BYTES = 200_000;

export interface IncidentFacts {
	/** The incident's id is derived from run and occasion: raising it again gives the same incident. */
	occasion: string;
	/** Never WORKER_FAILURE: only a lost lease shows that a worker failed. */
	type: Exclude<IncidentType, "WORKER_FAILURE">;
	details: string[];
	/** Ids of tickets, and those of their newest attempts where they differ. */
	affectedTickets: string[];
	/** JSON; absent when there is none. */
	evidence?: string;
	/** What to do; absent: what is usual for the type. */
	action?: string;
	/** A person must act: nothing will be tried again. */
	escalate: boolean;
	createdAt: number;
}

/** An incident before its publication, when its suspects are looked up. */
export type IncidentDraft = OrchestrationIncident & {
	/** Agents that had begun tickets that timed out; an agent without a lease has failed. */
	suspected_agents?: string[];
};

/**
 * A record for `orchestration.incidents`; `hash` is the SHA-256 of the canonical JSON of the other fields
 * (contracts.md, "Incidents"). An incident that needs a person, or has no playbook, is not marked for
 * automatic remedy.
 */
export function createIncident(
	identity: Pick<PlanIdentity, "workflow_id" | "correlation_id" | "trace_id">,
	facts: IncidentFacts,
): OrchestrationIncident {
	const { type, escalate, affectedTickets } = facts;
	const playbook = escalate ? null : playbooks[type];
	const named = affectedTickets.slice(0, MAX_AFFECTED);
	const affected = firstWithin(named, MAX_AFFECTED_BYTES);
	const more = affectedTickets.length - affected.length;
	const some = facts.details.slice(0, MAX_DETAILS);
	const details = firstWithin(some, MAX_DETAILS_BYTES);
	return withHash({
		incident_id: nameUuid(`${identity.workflow_id}/${facts.occasion}/incident`),
		workflow_id: identity.workflow_id,
		incident_type: type,
		...weightOf(type, escalate),
		details: more > 0 ? [...details, `${more} more ids are left out`] : details,
		affected_tickets: affected,
		correlation_id: identity.correlation_id,
		trace_id: identity.trace_id ?? "",
		recommended_playbook: playbook,
		auto_remediation_enabled: playbook !== null,
		created_at: facts.createdAt,
		evidence: facts.evidence ?? null,
		suggested_action: facts.action ?? actions[type],
	});
}

/** The incident once it is known that the agents at work on its tickets have lost their leases. */
export function blameWorkers(
	{ hash: _, ...incident }: OrchestrationIncident,
	lostAgents: readonly string[],
): OrchestrationIncident {
	const type = "WORKER_FAILURE";
	return withHash({
		...incident,
		incident_type: type,
		...weightOf(type, false),
		details: [
			...lostAgents.map((agent) => `worker ${agent} has lost its lease`),
			...incident.details,
		],
		recommended_playbook: playbooks[type],
		auto_remediation_enabled: true,
		suggested_action: actions[type],
	});
}

function weightOf(
	type: IncidentType,
	escalate: boolean,
): Pick<OrchestrationIncident, "severity" | "escalation_required"> {
	const escalation_required = escalate || escalated.includes(type);
	const severity = escalation_required ? "CRITICAL" : "WARNING";
	return { severity, escalation_required };
}

function withHash(
	incident: Omit<OrchestrationIncident, "hash">,
): OrchestrationIncident {
	return { ...incident, hash: textHash(canonicalJson(incident)) };
}
