import type {
	FeatureArm,
	FeatureName,
} from "../domain/features/feature-arm.ts";

/** What code asks that may do its work in two ways, the new one for a share of the calls. Nothing here waits. */
export interface FeatureArms {
	/** How the call of this key is done; null: the feature is in no canary, and nothing is recorded. */
	armOf(feature: FeatureName, key: string): FeatureArm | null;
	/** Calls that ended, each in so many ms. One that was chosen for the canary counts there, whoever answered. */
	record(ended: EndedCalls): void;
}

export interface EndedCalls {
	feature: FeatureName;
	arm: FeatureArm;
	calls: number;
	failures: number;
	durationMs: number;
}
