import type {
	IncidentType,
	OrchestrationIncident,
} from "../../schemas/orchestration-incident.ts";
import { canonicalJson, textHash } from "./canonical-json.ts";
import { nameUuid } from "./ticket-ids.ts";
import type { PlanIdentity } from "./wire-ticket.ts";

const playbooks: Record<IncidentType, string | null> = {
	TICKET_TIMEOUT: "ticket_timeout_recovery",
	WORKER_FAILURE: "worker_failure_recovery",
	SLA_VIOLATION: "sla_violation_mitigation",
	INCONSISTENCY: null,
};

/** A person looks at these in any case (flow-c.md 2.6). */
const escalated: readonly IncidentType[] = ["SLA_VIOLATION", "WORKER_FAILURE"];

export interface IncidentFacts {
	/** One incident a plan run and occasion: the same occasion is the same incident, however often it is raised. */
	occasion: string;
	type: IncidentType;
	details: string[];
	/** Logical ids. */
	affectedTickets: string[];
	/** A person must act: nothing will be tried again. */
	escalate: boolean;
	createdAt: number;
}

/** A record for `orchestration.incidents`; `hash` is the SHA-256 of the canonical JSON of the other fields (flow-c.md 2.6). */
export function createIncident(
	identity: PlanIdentity,
	facts: IncidentFacts,
): OrchestrationIncident {
	const escalation_required = facts.escalate || escalated.includes(facts.type);
	const incident = {
		incident_id: nameUuid(`${identity.workflow_id}/${facts.occasion}/incident`),
		workflow_id: identity.workflow_id,
		incident_type: facts.type,
		severity: escalation_required ? "CRITICAL" : "WARNING",
		details: facts.details,
		affected_tickets: facts.affectedTickets,
		correlation_id: identity.correlation_id,
		trace_id: identity.trace_id ?? "",
		recommended_playbook: playbooks[facts.type],
		auto_remediation_enabled: !facts.escalate,
		escalation_required,
		created_at: facts.createdAt,
	};
	return { ...incident, hash: textHash(canonicalJson(incident)) };
}
