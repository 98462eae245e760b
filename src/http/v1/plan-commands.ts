import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { type PlanCommandName, planUpdates } from "../../domain/plan-run.ts";
import type { RunningPlans } from "../plan-sources.ts";
import { problemResponses } from "../problems.ts";
import { planStatusSchema } from "./plan-schemas.ts";
import { planParamsSchema } from "./plans.ts";

const text = (description: string) =>
	Type.String({ minLength: 1, maxLength: 1_000, description });

const who = {
	actor: text("Who asks; kept in the plan's history"),
	reason: text("Why; kept in the plan's history"),
};

/** What each command takes beside the actor and the reason. */
const bodySchemas = {
	cancel: Type.Object(
		{
			...who,
			compensate: Type.Optional(
				Type.Boolean({ description: "Undo what was done" }),
			),
		},
		{ additionalProperties: false },
	),
	approve: Type.Object(
		{
			...who,
			plan_hash: Type.Optional(
				Type.String({
					pattern: "^[0-9a-f]{64}$",
					description:
						"`plan_hash` of the plan that was approved; another plan is refused",
				}),
			),
		},
		{ additionalProperties: false },
	),
	other: Type.Object(who, { additionalProperties: false }),
};

const answerSchema = Type.Object({
	plan_id: Type.String(),
	status: planStatusSchema,
});

/** `POST /plans/:plan_id/{cancel,pause,resume,approve,reject}`: answered when the plan's run has answered. */
export const planCommandRoutes: FastifyPluginAsyncTypebox<{
	running: Pick<RunningPlans, "command">;
}> = async (app, { running }) => {
	for (const name of Object.keys(planUpdates) as PlanCommandName[]) {
		const body =
			name === "cancel" || name === "approve"
				? bodySchemas[name]
				: bodySchemas.other;
		app.post(
			`/plans/:plan_id/${name}`,
			{
				config: { role: "operator" },
				schema: {
					operationId: `${name}Plan`,
					tags: ["Commands"],
					summary: `${name} a plan`,
					params: planParamsSchema,
					body,
					response: { 200: answerSchema, ...problemResponses },
				},
			},
			async (request) =>
				await running.command(request.params.plan_id, name, request.body),
		);
	}
};
