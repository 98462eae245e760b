import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { type DryRunOutcome, dryRunOutcomes } from "../../domain/dry-run.ts";
import type { DecisionDryRuns } from "../../plans/plan-ports.ts";
import { callerOf } from "../limit-rates.ts";
import { invalidBody, problemResponses } from "../problems.ts";
import { planGraphFields } from "./history-schemas.ts";
import { planProblemSchema, versionSchema } from "./plan-schemas.ts";
import { featureFlagsSchema } from "./policy-schemas.ts";

const text = Type.Union([Type.String(), Type.Null()]);

const dryRunSchema = Type.Object({
	outcome: Type.Unsafe<DryRunOutcome>(Type.Enum([...dryRunOutcomes])),
	valid: Type.Boolean({ description: "Whether C1 would pass the plan" }),
	plan_id: text,
	decision_id: text,
	plan_hash: text,
	orchestrator_version: Type.Union([versionSchema, Type.Null()], {
		description: "Which version would run it",
	}),
	problems: Type.Array(planProblemSchema, { description: "All of them" }),
	warnings: Type.Array(planProblemSchema),
	dag: Type.Union([Type.Object(planGraphFields), Type.Null()], {
		description:
			"null: there is no plan to draw, or one of more tasks than a plan may have",
	}),
	prediction: Type.Union(
		[
			Type.Object({
				finish_at: Type.Integer({ description: "Unix epoch, ms" }),
				duration_ms: Type.Number({ description: "ms" }),
				sla_deadline: Type.Integer({
					description: "What would be promised; Unix epoch, ms",
				}),
				basis: Type.String({ description: "What the figures rest on" }),
				tasks_with_estimate: Type.Integer(),
				tasks_without_estimate: Type.Integer(),
				interval: Type.Optional(
					Type.Object(
						{
							finish_p10: Type.Integer({ description: "Unix epoch, ms" }),
							finish_p90: Type.Integer({ description: "Unix epoch, ms" }),
							miss_chance: Type.Number({
								description: "That it ends after `sla_deadline`, 0 to 1",
							}),
							model: Type.String(),
						},
						{
							description:
								"In one of ten cases it ends before finish_p10, in one after finish_p90; absent: no model predicts the tasks",
						},
					),
				),
			}),
			Type.Null(),
		],
		{ description: "null: there is nothing to run" },
	),
	policy: Type.Optional(
		Type.Object(
			{
				outcome: Type.String(),
				feature_flags: Type.Union([featureFlagsSchema, Type.Null()]),
				denied_tasks: Type.Array(Type.String()),
			},
			{ description: "What policies say now" },
		),
	),
});

/** `POST /plans:dry-run`: the outcome that a decision or a bare plan would have. */
export const dryRunRoute: FastifyPluginAsyncTypebox<{
	dryRuns: DecisionDryRuns;
}> = async (app, { dryRuns }) => {
	app.post(
		// The router writes a literal colon as two.
		"/plans::dry-run",
		{
			config: { role: "viewer", takesBytes: true },
			schema: {
				operationId: "dryRunPlan",
				tags: ["Plans"],
				summary:
					"What would become of a decision or a bare plan; starts nothing",
				body: Type.Unknown({
					description: "ConsolidatedDecision or CognitivePlan, see schemas/",
				}),
				response: { 200: dryRunSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			if (!(request.body instanceof Uint8Array)) {
				throw invalidBody("$.body", "is missing");
			}
			const { body } = request;
			const answer = await dryRuns.dryRun(body, callerOf(request));
			reply.type("application/json; charset=utf-8");
			return reply.send(answer as never) as never;
		},
	);
};
