import Type from "typebox";
import { featureFlagNames, severities } from "../../domain/policy-words.ts";
import { nullable } from "../field-schemas.ts";

/** What a rule of a policy found. */
export const policyViolationSchema = Type.Object({
	policy: Type.String({ description: "The package, `resource_limits`" }),
	rule: Type.String(),
	severity: Type.Unsafe<(typeof severities)[number]>(
		Type.Enum([...severities]),
	),
	field: nullable(Type.String()),
	msg: Type.String(),
	expected: nullable(Type.String()),
	actual: nullable(Type.String()),
});

/** The field `feature_flags` of a plan. */
export const featureFlagsSchema = Type.Unsafe<
	Record<(typeof featureFlagNames)[number], boolean>
>(
	Type.Object(
		Object.fromEntries(featureFlagNames.map((name) => [name, Type.Boolean()])),
		{ description: "The features that policies gave the plan" },
	),
);

/** The field `rejection_metadata` of a ticket. */
export const rejectionSchema = Type.Object(
	{
		rejected_at: Type.Integer({ description: "Unix epoch, ms" }),
		rejected_by: Type.Unsafe<"policy" | "scheduler">(
			Type.Enum(["policy", "scheduler"]),
		),
		reason: Type.String(),
		violations: Type.Optional(Type.Array(policyViolationSchema)),
	},
	{ description: "Why it was never handed to a worker; absent unless so" },
);
