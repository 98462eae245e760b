import type { OrchestrationIncident } from "../schemas/orchestration-incident.ts";
import { blameWorkers, type IncidentDraft } from "../src/domain/incident.ts";
import {
	type RemediationRequest,
	remediationOf,
} from "../src/domain/remediation.ts";
import { hasCode } from "../src/errors.ts";
import { type AttemptBounds, whileHeartbeating } from "./heartbeat.ts";

export interface IncidentPublisher {
	/** Resolves only after the brokers acknowledged the incident. */
	publishIncident(
		incident: OrchestrationIncident,
		bounds: AttemptBounds,
	): Promise<void>;
}

export interface AgentLeases {
	/**
	 * The agents among these whose lease ran out and was not given back. Throws CACHE_UNAVAILABLE or
	 * WORKERS_UNAVAILABLE when nobody can be asked.
	 */
	lostAgents(agentIds: readonly string[]): Promise<string[]>;
}

/** Asks for the remedy of incidents, durably. */
export interface SelfHealing {
	/** Never throws: an incident is told of whether or not its remedy can be asked for. */
	request(request: RemediationRequest): Promise<void>;
}

export interface PublishIncidentDeps {
	incidents: IncidentPublisher;
	leases: AgentLeases;
	/** Absent: no engine is configured. */
	healing?: SelfHealing;
}

export function createPublishIncident({
	incidents,
	leases,
	healing,
}: PublishIncidentDeps) {
	/**
	 * C5. At-least-once: the same occasion has the same `incident_id`. It is a WORKER_FAILURE only when a suspect
	 * is known to have lost its lease: the remedy for that takes workers out of service.
	 */
	return async function publishIncident({
		suspected_agents = [],
		...incident
	}: IncidentDraft): Promise<void> {
		await whileHeartbeating(async (bounds) => {
			const lost = await findLost(leases, suspected_agents);
			const known = lost.length === 0 ? incident : blameWorkers(incident, lost);
			await incidents.publishIncident(known, bounds);
			const suspects = lost.length > 0 ? lost : suspected_agents;
			const remedy = remediationOf(known, { suspects });
			if (remedy !== undefined) await healing?.request(remedy);
		});
	};
}

async function findLost(
	leases: AgentLeases,
	suspects: readonly string[],
): Promise<string[]> {
	if (suspects.length === 0) return [];
	return await leases.lostAgents(suspects).catch((error: unknown) => {
		const isAway =
			hasCode(error, "CACHE_UNAVAILABLE") ||
			hasCode(error, "WORKERS_UNAVAILABLE");
		if (isAway) return [];
		throw error;
	});
}
