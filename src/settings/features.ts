import { type Static, type TObject, Type } from "typebox";
import type { FeatureName } from "../domain/features/feature-arm.ts";
import { count, flag } from "./setting.ts";

const features: readonly FeatureName[] = ["binding_routing", "embedded_policy"];
const one = `(${features.join("|")})`;

const fraction = (defaultFraction: number, description: string) =>
	Type.Number({
		minimum: 0,
		maximum: 1,
		default: defaultFraction,
		rule: "a fraction from 0 to 1, not percent: 0.2 is a fifth",
		description,
		example: String(defaultFraction),
	});

/** Features of the service that a share of the plans gets first. */
export const featureSettings = {
	CANARY_ENABLED: flag(
		false,
		"Give the features of CANARY_FEATURES to a share of the plans; off: to none",
	),
	CANARY_PERCENTAGE: fraction(
		0.2,
		"Share of the plans that gets them, as a fraction (0 to 1); the same plan always, and a larger share keeps who is in",
	),
	CANARY_FEATURES: Type.String({
		pattern: `^\\s*(${one}(\\s*,\\s*${one})*)?\\s*$`,
		rule: `some of ${features.join(", ")}, separated by commas; empty: none`,
		default: "",
		description:
			"binding_routing: tickets go to a partition of their worker, as TICKETS_ROUTING=worker; embedded_policy: the embedded policies judge in place of the OPA server (OPA_HOST)",
		example: "embedded_policy",
	}),
	CANARY_ERROR_RATE_THRESHOLD: fraction(
		0.15,
		"Failure rate, as a fraction, at which a feature is switched off for all, if the other plans do better, until a person resets it",
	),
	CANARY_MIN_CALLS: count(
		50,
		1_000_000,
		"Calls with the feature before its failure rate is looked at",
	),
};

/** What the canary of features is given. */
export function toFeatureConfig(
	env: Static<TObject<typeof featureSettings>> & {
		TICKETS_ROUTING: string;
		OPA_HOST?: string;
		OPA_ENABLED: boolean;
		OPA_BUNDLE?: string;
	},
) {
	const named = env.CANARY_FEATURES.split(",").map((name) => name.trim());
	return {
		enabled: env.CANARY_ENABLED,
		share: env.CANARY_PERCENTAGE,
		names: features.filter(
			(name) => named.includes(name) && hasTwoWays(name, env),
		),
		/** What `embedded_policy` evaluates; null: the policies that belong to the service. */
		policyBundle: env.OPA_BUNDLE ?? null,
		rules: {
			errorRateThreshold: env.CANARY_ERROR_RATE_THRESHOLD,
			minCalls: env.CANARY_MIN_CALLS,
		},
	};
}

/** Whether there is another way than the feature's. */
function hasTwoWays(
	name: FeatureName,
	env: { TICKETS_ROUTING: string; OPA_HOST?: string; OPA_ENABLED: boolean },
): boolean {
	return name === "binding_routing"
		? env.TICKETS_ROUTING === "key"
		: env.OPA_ENABLED && env.OPA_HOST !== undefined;
}
