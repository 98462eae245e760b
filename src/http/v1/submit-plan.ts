import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import type { PlanVerdict } from "../../domain/plan-verdict.ts";
import type { DecisionAcceptor, RunningPlans } from "../../plans/plan-ports.ts";
import { planOriginOf } from "../caller-facts.ts";
import { invalidBody, problemResponses, sendProblem } from "../problems.ts";
import { planProblemSchema, planStatusSchema } from "./plan-schemas.ts";

const verdictSchema = Type.Unsafe<PlanVerdict>(
	Type.Object({
		plan_id: Type.String(),
		status: planStatusSchema,
		valid: Type.Boolean(),
		problems: Type.Array(planProblemSchema),
		warnings: Type.Array(planProblemSchema),
		plan_hash: Type.Union([Type.String(), Type.Null()]),
		tickets: Type.Integer({ description: "How many it has, or will have" }),
	}),
);

const acceptedSchema = Type.Object({
	outcome: Type.Unsafe<"started" | "recorded" | "duplicate">(
		Type.Enum(["started", "recorded", "duplicate"]),
	),
	plan_id: Type.String(),
	decision_id: Type.String(),
	workflow_id: Type.String(),
	verdict: Type.Optional(
		Type.Union([verdictSchema, Type.Null()], {
			description:
				"With `wait=validated`: what C1 says; null when it has not said it in time, or the decision was only recorded",
		}),
	),
});

const querySchema = Type.Object(
	{
		wait: Type.Optional(
			Type.Unsafe<"validated">(
				Type.Enum(["validated"], {
					description:
						"Answer when C1 has judged the plan: 200 with the verdict, sound or not; 202 without one when that takes too long",
				}),
			),
		),
	},
	{ additionalProperties: false },
);

/** `POST /plans`: a decision or a bare plan, through the same code as Kafka. */
export const submitPlanRoute: FastifyPluginAsyncTypebox<{
	decisions: DecisionAcceptor;
	running: Pick<RunningPlans, "awaitVerdict">;
}> = async (app, { decisions, running }) => {
	app.post(
		"/plans",
		{
			config: { role: "operator" },
			schema: {
				operationId: "submitPlan",
				tags: ["Plans"],
				summary: "Hand in a consolidated decision or a bare plan",
				querystring: querySchema,
				body: Type.Unknown({
					description: "ConsolidatedDecision or CognitivePlan, see schemas/",
				}),
				response: {
					200: acceptedSchema,
					202: acceptedSchema,
					...problemResponses,
				},
			},
		},
		async (request, reply) => {
			if (request.body === undefined) {
				throw invalidBody("$.body", "is missing");
			}
			const outcome = await decisions.accept(
				request.body,
				planOriginOf(request),
			);
			if (outcome.kind === "refused") {
				const { code, reason, hint, problems } = outcome;
				return sendProblem(request, reply, {
					code,
					detail: reason,
					hint,
					problems,
				}) as never;
			}
			const { kind, plan_id, decision_id, workflow_id } = outcome;
			const body = { outcome: kind, plan_id, decision_id, workflow_id };
			reply.header("location", `/api/v1/plans/${encodeURIComponent(plan_id)}`);
			const isNew = kind !== "duplicate";
			if (request.query.wait === undefined)
				return await reply.code(isNew ? 202 : 200).send(body);
			const verdict =
				kind === "recorded" ? undefined : await running.awaitVerdict(plan_id);
			return await reply
				.code(verdict === undefined ? 202 : 200)
				.send({ ...body, verdict: verdict ?? null });
		},
	);
};
