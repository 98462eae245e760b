import Type, { type Static } from "typebox";
import type { Author } from "../domain/author.ts";
import {
	promotions,
	type RolloutCommand,
	type Verb,
	verbs,
} from "../domain/rollout/commands.ts";
import {
	type Phase,
	phases,
	rolloutEventTypes,
} from "../domain/rollout/state.ts";
import {
	atMs,
	authorFields,
	nullable,
	nullableText,
	oneOf,
} from "../http/field-schemas.ts";
import { invalidBody } from "../http/problems.ts";
import { name, percent, sample, specFields } from "./spec-schema.ts";

const closed = { additionalProperties: false } as const;
const open = { additionalProperties: true } as const;
const who = authorFields("Why");

export const startSchema = Type.Object({ ...specFields, ...who }, closed);

const ms = (description: string) =>
	Type.Optional(
		Type.Integer({ minimum: 0, maximum: 30 * 86_400_000, description }),
	);

export const commandSchema = Type.Object(
	{
		verb: oneOf(
			[...verbs.filter((verb) => verb !== "start"), "undo"] as const,
			"undo: a release of the build that was current before",
		),
		how: Type.Optional(oneOf(promotions, "Of promote; default skipStep")),
		weight: Type.Optional(percent(0, 99, "Of setWeight")),
		to: Type.Optional(name("Of undo: which build; default the last one")),
		step: Type.Optional(
			Type.Integer({
				minimum: 1,
				description:
					"At which step it is meant: refused at another, so that a repeated promote skips no second one",
			}),
		),
		policy: Type.Optional(
			Type.Object(
				{
					soakMs: ms("Least duration of a ramp"),
					minSample: sample,
					maxWaitMs: ms("Then too small a sample asks a person"),
					maxAnalysisMs: ms("Then no verdict asks a person"),
				},
				{
					...closed,
					minProperties: 1,
					description: "Of setPolicy: for all ramps",
				},
			),
		),
		...who,
	},
	closed,
);

/** The command that a body asks for, `retry` and `undo` aside. Throws REQUEST_INVALID when something is missing. */
export function commandOf(
	{
		verb,
		how = "skipStep",
		weight,
		policy,
		step,
	}: Static<typeof commandSchema>,
	author: Author,
): RolloutCommand {
	const by = { ...author, ...(step !== undefined && { step }) };
	switch (verb) {
		case "setWeight":
			if (weight === undefined)
				throw invalidBody("$.body.weight", "is missing: say which");
			return { ...by, verb, weight };
		case "setPolicy":
			if (policy === undefined)
				throw invalidBody("$.body.policy", "is missing: say what changes");
			return { ...by, verb, policy };
		case "promote":
			return { ...by, verb, how };
		case "pause":
		case "resume":
		case "abort":
		case "approve":
			return { ...by, verb };
		default:
			throw invalidBody("$.body.verb", `${verb} is asked otherwise`);
	}
}

export const panicSchema = Type.Object(
	{
		build: Type.Optional(
			name("Where all new plans go; default the base of the last release"),
		),
		...who,
	},
	closed,
);

const anything = (description: string) =>
	Type.Object({}, { ...open, description });

export const verdictSchema = Type.Object(
	{
		action: oneOf(["stay", "advance", "pause", "rollback"]),
		rule: Type.String({ description: "R0 to R8, SRM or PASS" }),
		pauseReason: nullableText,
		sentence: Type.String(),
		numbers: anything("What the sentence rests on"),
	},
	open,
);

export const rolloutSchema = Type.Object(
	{
		rolloutId: Type.String(),
		deployment: Type.String(),
		targetBuild: Type.String(),
		baseBuild: nullable(
			Type.String({ description: "Current before; null: not known yet" }),
		),
		phase: oneOf(Object.keys(phases) as Phase[]),
		pauseReason: nullableText,
		message: Type.String({ description: "Why it is where it is" }),
		actor: Type.String(),
		reason: Type.String(),
		createdAtMs: atMs,
		endedAtMs: nullable(atMs),
		drainedAtMs: nullable(atMs),
		isFastTrack: Type.Boolean(),
		isPromoted: Type.Boolean(),
		weight: Type.Number({ description: "The target's percent of new plans" }),
		step: Type.Object({
			number: Type.Integer({ description: "From 1" }),
			of: Type.Integer(),
			kind: Type.String(),
			sinceMs: atMs,
		}),
		spans: Type.Array(
			anything("A weight, while it was in force, and its plans"),
		),
		verdict: nullable(verdictSchema),
		allowed: Type.Array(Type.Unsafe<Verb>(Type.Enum([...verbs])), {
			description: "What may be asked of it now",
		}),
		live: nullable(anything("What the last look saw of plans and workers")),
		routing: nullable(anything("Where new plans went at the last look")),
		workers: nullable(anything("Workers of both builds at the last look")),
		unreadable: nullable(
			Type.String({ description: "What the last look could not read" }),
		),
		lookedAtMs: nullable(atMs),
		unwatchedForMs: nullable(
			Type.Integer({
				description:
					"For how long nobody has looked, although somebody should; null: the controller is at work",
			}),
		),
		spec: anything("What it does, with every default"),
	},
	open,
);

export const eventSchema = Type.Object({
	seq: Type.Integer(),
	type: oneOf(rolloutEventTypes),
	atMs,
	actor: Type.String(),
	reason: Type.String(),
	data: anything("By type"),
});

export const keptVerdictSchema = Type.Object({
	atMs,
	phase: Type.String(),
	step: Type.Integer(),
	verdict: verdictSchema,
});

export const recommendationSchema = Type.Object(
	{
		nextWeight: Type.Number(),
		minSoakMs: Type.Number(),
		etaToVerdictMs: nullable(Type.Number()),
		plansNeeded: Type.Number(),
		budgetUse: nullable(Type.Number()),
		why: Type.String(),
	},
	open,
);
