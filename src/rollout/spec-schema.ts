import Type from "typebox";
import {
	approvalTimeouts,
	inFlightPolicies,
	type StepInput,
	strategies,
} from "../domain/rollout/spec.ts";
import { nullable, oneOf } from "../http/field-schemas.ts";
import { smokeShapes } from "./ports.ts";

const closed = { additionalProperties: false } as const;
export const name = (description: string) =>
	Type.String({ minLength: 1, maxLength: 200, description });
const duration = (description: string) =>
	Type.Optional(Type.String({ maxLength: 20, description }));
export const percent = (
	minimum: number,
	maximum: number,
	description: string,
) => Type.Number({ minimum, maximum, description });
export const sample = Type.Optional(
	Type.Integer({
		...{ minimum: 1, maximum: 1_000_000 },
		description:
			"Plans of the candidate that must have ended, of all steps together; default 30, 100, 200 by weight",
	}),
);
const keys = (description: string) =>
	Type.Optional(
		Type.Array(Type.String({ maxLength: 250 }), {
			maxItems: 1_000,
			description,
		}),
	);

/** What a step of one kind is. */
const part = (description: string, fields: Type.TProperties) =>
	Type.Optional(Type.Object(fields, { ...closed, description }));

const stepSchema = Type.Unsafe<StepInput>(
	Type.Object(
		{
			smoke: part("Plans that run on the target alone", {
				plans: Type.Optional(
					Type.Array(oneOf(smokeShapes), { minItems: 1, maxItems: 3 }),
				),
				timeout: duration("Of each plan; default 2m"),
			}),
			ramp: Type.Optional(
				percent(0.01, 99, "Percent of new plans for the target"),
			),
			approve: part("Waits for a person", {
				timeout: duration("Default 24h"),
				onTimeout: Type.Optional(oneOf(approvalTimeouts, "Default pause")),
			}),
			promote: part("The target becomes current", {}),
			verify: part("The old build keeps a share, as a control", {
				holdback: Type.Optional(
					percent(0.01, 50, "Percent that stays on the old build; default 5"),
				),
				for: duration("Default 30m"),
			}),
			soak: duration(
				"Of a ramp: its least duration; default 10m, above 10 % 20m",
			),
			minSample: sample,
			maxWait: duration(
				"Of a ramp: then too small a sample asks a person; default 24h",
			),
			maxAnalysis: duration(
				"Of a ramp: then no verdict asks a person; default 24h",
			),
		},
		{
			...closed,
			description: "Exactly one of smoke, ramp, approve, promote, verify",
		},
	),
);

export const specFields = {
	deployment: name("Worker deployment"),
	target: Type.Object({ buildId: name("The build to release") }, closed),
	strategy: Type.Optional(oneOf(strategies, "Default canary")),
	stickiness: Type.Optional(
		Type.Object(
			{
				by: Type.Optional(
					oneOf(
						["plan", "tenant", "domain"],
						"What stays together; default plan",
					),
				),
				salt: Type.Optional(
					nullable(
						Type.String({
							maxLength: 200,
							description:
								"Another salt, another cohort; default the rollout's id",
						}),
					),
				),
				allow: keys("Keys that always go to the target"),
				deny: keys("Keys that never do"),
			},
			closed,
		),
	),
	steps: Type.Optional(
		Type.Array(stepSchema, {
			...{ minItems: 1, maxItems: 20 },
			description:
				"Default: smoke, 5, 25 and 50 %, promote, verify; blueGreen: smoke, promote, verify",
		}),
	),
	matureAfter: duration("A plan that takes longer is late; default 10m"),
	margin: Type.Optional(
		Type.Number({
			...{ minimum: 0.001, maximum: 0.5 },
			description:
				"Share of plans by which the target may be worse; default 0.01",
		}),
	),
	inFlight: Type.Optional(
		oneOf(inFlightPolicies, "Of a rollback, for open plans; default triage"),
	),
	rollbackWindow: Type.Optional(
		Type.Integer({
			...{ minimum: 0, maximum: 20 },
			description:
				"A target that was current within so many releases and a day skips the steps; default 3",
		}),
	),
	dryRun: Type.Optional(
		Type.Boolean({ description: "Everything but the switch; default false" }),
	),
};

export const specSchema = Type.Object(specFields, closed);
