import type { DisabledFeature } from "../rollout/routing.ts";
import type { FeatureArm, FeatureName } from "./feature-arm.ts";
import type { CallCounts } from "./judge-feature.ts";

export interface ArmReport {
	calls: number;
	failures: number;
	/** 0 to 1; null: no calls. */
	error_rate: number | null;
	mean_ms: number | null;
}

export interface ReportedFeature extends Record<FeatureArm, ArmReport> {
	feature: FeatureName;
	/** null: it is on for its share. */
	disabled: DisabledFeature | null;
	resets: number;
}

/** What became of the calls of each feature, by arm. */
export interface FeatureReport {
	window_hours: number;
	/** Begin of the window, Unix epoch, ms: a full hour. */
	from: number;
	enabled: boolean;
	/** 0 to 1. */
	percentage: number;
	error_rate_threshold: number;
	min_calls: number;
	features: ReportedFeature[];
}

export function reportArm({
	calls,
	failures,
	durationMs,
}: CallCounts): ArmReport {
	const per = (value: number, digits: number) =>
		calls === 0 ? null : Number((value / calls).toFixed(digits));
	return {
		...{ calls, failures },
		error_rate: per(failures, 4),
		mean_ms: per(durationMs, 1),
	};
}
