export const severities = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof severities)[number];

/** What a rule found: it forbids the resource or warns, by its severity. */
export interface PolicyViolation {
	/** Last word of the package, `resource_limits`. */
	policy: string;
	rule: string;
	severity: Severity;
	field: string | null;
	/** A sentence. */
	msg: string;
	/** As JSON text when they are no texts. */
	expected: string | null;
	actual: string | null;
}

export const featureFlagNames = [
	"enable_intelligent_scheduler",
	"enable_burst_capacity",
	"enable_predictive_allocation",
	"enable_auto_scaling",
	"enable_experimental_features",
] as const;
/** The features that policies gave a plan. */
export type FeatureFlags = Record<(typeof featureFlagNames)[number], boolean>;
