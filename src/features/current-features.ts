import type { FeatureName } from "../domain/features/feature-arm.ts";
import type { FallbackRules } from "../domain/features/judge-feature.ts";
import type { FeatureRouting } from "../domain/rollout/routing.ts";
import type { RoutingView } from "../rollout/routing-view.ts";

export interface FeatureSettings {
	enabled: boolean;
	/** 0 to 1. */
	share: number;
	names: readonly FeatureName[];
	rules: FallbackRules;
}

/** Nothing was ever switched off. */
export const noSwitches: FeatureRouting = { disabled: {}, resets: {} };

/** What was switched off and reset, as this process knows it; null: it has never been read. */
export function currentFeatures({
	peek,
}: Pick<RoutingView, "peek">): FeatureRouting | null {
	const { documents, readAtMs } = peek();
	if (readAtMs === null) return null;
	return documents.features?.body ?? noSwitches;
}
