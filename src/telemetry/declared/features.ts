import { featureNames } from "../../domain/features/feature-arm.ts";
import { counter, gauge } from "../declare.ts";

const feature = featureNames;

/** Features that a share of the plans gets first. */
export const featureMetrics = {
	featureCalls: counter(
		"orchestration_feature_calls_total",
		"Calls of features under CANARY_FEATURES, by the arm that was chosen for them.",
		{ feature, arm: ["canary", "stable"], outcome: ["ok", "failed"] },
	),
	featureDisabled: gauge(
		"orchestration_feature_disabled",
		"1: the feature is off for all, by its failures or by a person, until it is reset.",
		{ feature },
	),
};
