import { counter, gauge } from "../declare.ts";
import { versions } from "./label-values.ts";

/** Where new plans go, and how they end there. */
export const rolloutMetrics = {
	routingRevision: gauge(
		"orchestration_routing_revision",
		"Revision of the routing that this process knows, by subject.",
		{ subject: ["split", "release", "features"] },
	),
	routingReadSeconds: gauge(
		"orchestration_routing_read_timestamp_seconds",
		"When this process last read the routing, Unix epoch; 0: never.",
	),
	splitPercentage: gauge(
		"orchestration_v2_split_percent",
		"V2's configured share of the plans that name no version, as this process knows it, 0 to 100.",
	),
	planOutcomes: counter(
		"orchestration_plan_outcomes_total",
		"Plans that ended, once each, by the version they were assigned, the arm of the release under way, and how they are booked.",
		{
			orchestrator_version: versions,
			arm: ["base", "candidate", "none"],
			outcome: ["succeeded", "failed", "late", "excluded"],
		},
	),
	versionFallbacks: counter(
		"orchestration_version_fallbacks_total",
		"Plans in which V2 failed, and which went on in V1's order.",
	),
};
