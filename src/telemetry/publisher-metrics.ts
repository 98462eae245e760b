import { OrchestratorError } from "../errors.ts";
import type { PublisherMetrics } from "../messaging/publishers.ts";
import type { Metrics } from "./metrics.ts";

/** Counts the records that the activities publish. */
export function createPublisherMetrics(metrics: Metrics): PublisherMetrics {
	return {
		produced: (topic, count) => metrics.kafkaProduced.inc({ topic }, count),
		failed: (operation, error) =>
			metrics.kafkaErrors.inc({
				operation,
				error_type: error instanceof OrchestratorError ? error.code : "unknown",
			}),
	};
}
