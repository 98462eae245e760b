import type { FeatureArm } from "./feature-arm.ts";

export interface CallCounts {
	calls: number;
	failures: number;
	/** Of all calls together. */
	durationMs: number;
}
export type ArmCallCounts = Readonly<Record<FeatureArm, CallCounts>>;

export const noCalls: CallCounts = { calls: 0, failures: 0, durationMs: 0 };

export interface FallbackRules {
	/** 0 to 1. */
	errorRateThreshold: number;
	minCalls: number;
}

/** An equal arm looks so much worse by chance once in some hundred looks; it is looked at often. */
const STANDARD_ERRORS = 3;

/**
 * Why a feature has to be switched off; null: it stays. Its failure rate must be at the threshold after the smallest
 * number of calls, and above that of the stable arm by three standard errors of their difference, so that an outage
 * of both does not switch it off.
 */
export function judgeFeature(
	{ canary, stable }: ArmCallCounts,
	{ errorRateThreshold, minCalls }: FallbackRules,
): string | null {
	if (canary.calls < minCalls) return null;
	const rate = canary.failures / canary.calls;
	if (rate < errorRateThreshold) return null;
	const found = `${canary.failures} of ${canary.calls} calls failed (${percent(rate)}), the limit is ${percent(errorRateThreshold)}`;
	if (stable.calls === 0)
		return `${found}; there are no others to compare with`;
	const others = stable.failures / stable.calls;
	const pooled =
		(canary.failures + stable.failures) / (canary.calls + stable.calls);
	const error = Math.sqrt(
		pooled * (1 - pooled) * (1 / canary.calls + 1 / stable.calls),
	);
	if (rate - others < STANDARD_ERRORS * error || rate <= others) return null;
	return `${found}; of the others ${stable.failures} of ${stable.calls} (${percent(others)})`;
}

function percent(rate: number): string {
	return `${(rate * 100).toFixed(1)} %`;
}
