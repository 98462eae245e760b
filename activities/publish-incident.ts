import type { OrchestrationIncident } from "../schemas/orchestration-incident.ts";
import { type AttemptBounds, whileHeartbeating } from "./heartbeat.ts";

export interface IncidentPublisher {
	/** Resolves only after the brokers acknowledged the incident. */
	publishIncident(
		incident: OrchestrationIncident,
		bounds: AttemptBounds,
	): Promise<void>;
}

export function createPublishIncident({
	incidents,
}: {
	incidents: IncidentPublisher;
}) {
	/** C5. At-least-once: the same occasion has the same `incident_id`. */
	return async function publishIncident(
		incident: OrchestrationIncident,
	): Promise<void> {
		await whileHeartbeating((bounds) =>
			incidents.publishIncident(incident, bounds),
		);
	};
}
