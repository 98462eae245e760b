import { OrchestratorError } from "../errors.ts";
import type { PublisherMetrics } from "../messaging/publishers.ts";
import type { Metrics } from "./metrics.ts";

/** Counts the records that the activities publish. */
export function createPublisherMetrics(metrics: Metrics): PublisherMetrics {
	return {
		produced(topic, positions) {
			for (const { partition } of positions)
				metrics.kafkaProduced.inc({ topic, partition });
		},
		incident: (incident_type, status) =>
			metrics.incidentsPublished.inc({ incident_type, status }),
		failed: (operation, error) =>
			metrics.kafkaErrors.inc({
				operation,
				error_type: error instanceof OrchestratorError ? error.code : "unknown",
			}),
	};
}
