import type { OrchestrationIncident } from "../../schemas/orchestration-incident.ts";
import type { SlaViolation } from "../../schemas/sla-violation.ts";

/** What the self-healing engine is asked for: a playbook with its parameters. */
export interface RemediationRequest {
	/** The incident's id, so that asking again is the same request. */
	remediation_id: string;
	incident_id: string;
	playbook_name: string;
	parameters: Record<string, unknown>;
	execution_mode: "AUTOMATIC";
}

/** The engine has a place for it in every playbook; our tickets have no namespace. */
const NAMESPACE = "default";
/** Ids that a request names; the incident has them all. */
const MAX_TICKETS = 500;

/** What is known of an incident beside itself. */
export interface IncidentBackground {
	/** Agents that may have failed. */
	suspects?: readonly string[];
	/** The longest delay that an SLA_VIOLATION tells of. */
	worst?: Pick<SlaViolation, "service_name" | "violation_type" | "delay_ms">;
}

/** The request for an incident that may be remedied by itself; undefined: a person must act. */
export function remediationOf(
	incident: OrchestrationIncident,
	{ suspects = [], worst }: IncidentBackground,
): RemediationRequest | undefined {
	const { incident_id, incident_type, recommended_playbook } = incident;
	if (recommended_playbook === null || !incident.auto_remediation_enabled)
		return undefined;
	const affected_tickets = incident.affected_tickets.slice(0, MAX_TICKETS);
	const worker_id = suspects[0] ?? "unknown-worker";
	const ofWorker = {
		worker_id,
		previous_worker_id: worker_id,
		namespace: NAMESPACE,
	};
	return {
		remediation_id: incident_id,
		incident_id,
		playbook_name: recommended_playbook,
		parameters: {
			workflow_id: incident.workflow_id,
			incident_type,
			inconsistencies: incident.details,
			affected_tickets,
			...(incident_type === "TICKET_TIMEOUT" && {
				ticket_id: affected_tickets[0] ?? "unknown-ticket",
				...ofWorker,
			}),
			...(incident_type === "WORKER_FAILURE" && ofWorker),
			...(worst && {
				service_name: worst.service_name,
				violation_type: worst.violation_type,
				delay_ms: worst.delay_ms,
			}),
		},
		execution_mode: "AUTOMATIC",
	};
}
