import { shareOf } from "../choose-version.ts";

/** Features of ours that a share of the calls may get first. */
export const featureNames = ["binding_routing", "embedded_policy"] as const;
export type FeatureName = (typeof featureNames)[number];
export type FeatureArm = "canary" | "stable";

/**
 * The arm of a call by its key (a plan): the first 32 bits of SHA-256 of `orchestrator-feature/1:<feature>:<key>`, as a
 * number in [0, 1), are below the share. So every process and every repeat answers the same, a larger share keeps who is
 * in, and two features have different guinea pigs.
 */
export function armByShare(
	feature: FeatureName,
	key: string,
	/** 0 to 1. */
	share: number,
): FeatureArm {
	const place = shareOf(key, `orchestrator-feature/1:${feature}`);
	return place < share ? "canary" : "stable";
}
