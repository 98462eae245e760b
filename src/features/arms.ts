import { armByShare } from "../domain/features/feature-arm.ts";
import type { FeatureArms } from "../plans/feature-arms.ts";
import type { RoutingView } from "../rollout/routing-view.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { FeatureCounters } from "./counters.ts";
import { currentFeatures, type FeatureSettings } from "./current-features.ts";

/**
 * Decides for each call by its key, and counts how it ended. Whoever does not know what was switched off leaves the
 * feature off.
 */
export function createFeatureArms({
	settings: { enabled, share, names },
	routing,
	counters,
	metrics,
}: {
	settings: FeatureSettings;
	routing: Pick<RoutingView, "peek">;
	counters: Pick<FeatureCounters, "add">;
	metrics: Pick<Metrics, "featureCalls">;
}): FeatureArms {
	return {
		armOf(feature, key) {
			if (!enabled || !names.includes(feature)) return null;
			const known = currentFeatures(routing);
			const isOff = known === null || known.disabled[feature] !== undefined;
			return isOff ? "stable" : armByShare(feature, key, share);
		},
		record(ended) {
			const { feature, arm, calls, failures } = ended;
			const resets = currentFeatures(routing)?.resets[feature] ?? 0;
			counters.add(ended, resets, Date.now());
			const count = (outcome: "ok" | "failed", by: number) =>
				metrics.featureCalls.inc({ feature, arm, outcome }, by);
			if (failures > 0) count("failed", failures);
			if (calls > failures) count("ok", calls - failures);
		},
	};
}
