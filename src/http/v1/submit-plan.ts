import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { OrchestratorError } from "../../errors.ts";
import type { DecisionAcceptor } from "../plan-sources.ts";
import { problemResponses, sendProblem } from "../problems.ts";

const acceptedSchema = Type.Object({
	outcome: Type.Unsafe<"started" | "recorded" | "duplicate">(
		Type.Enum(["started", "recorded", "duplicate"]),
	),
	plan_id: Type.String(),
	decision_id: Type.String(),
	workflow_id: Type.String(),
});

/** `POST /plans`: a decision or a bare plan, through the same code as Kafka. */
export const submitPlanRoute: FastifyPluginAsyncTypebox<{
	decisions: DecisionAcceptor;
}> = async (app, { decisions }) => {
	app.post(
		"/plans",
		{
			config: { role: "operator" },
			schema: {
				operationId: "submitPlan",
				tags: ["Plans"],
				summary: "Hand in a consolidated decision or a bare plan",
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
				throw new OrchestratorError("REQUEST_INVALID", "$.body is missing");
			}
			const outcome = await decisions.accept(request.body);
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
			return await reply.code(kind === "duplicate" ? 200 : 202).send(body);
		},
	);
};
