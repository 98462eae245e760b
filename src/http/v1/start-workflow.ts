import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import type { DecisionAcceptor } from "../../plans/plan-ports.ts";
import { planOriginOf } from "../caller-facts.ts";
import { problemResponses, sendProblem } from "../problems.ts";

const bodySchema = Type.Object({
	cognitive_plan: Type.Unsafe<Record<string, unknown>>(
		Type.Object({}, { additionalProperties: true }),
	),
	correlation_id: Type.String({ minLength: 1, maxLength: 200 }),
	priority: Type.Integer({
		minimum: 1,
		maximum: 10,
		default: 5,
		description: "Kept with the tickets; the plan's own priority decides",
	}),
	sla_deadline_seconds: Type.Optional(
		Type.Integer({
			description:
				"The plan is promised so long after its tickets are made; without it by the time-outs along its longest path",
		}),
	),
});
const startedSchema = Type.Object({
	workflow_id: Type.String(),
	status: Type.Unsafe<"started" | "recorded" | "duplicate">(
		Type.Enum(["started", "recorded", "duplicate"]),
	),
	correlation_id: Type.String(),
});

/** `POST /workflows/start` of the earlier service: an approved plan, through the same code as Kafka. */
export const startWorkflowRoute: FastifyPluginAsyncTypebox<{
	decisions: DecisionAcceptor;
}> = async (app, { decisions }) => {
	app.post(
		"/workflows/start",
		{
			config: { role: "operator" },
			schema: {
				operationId: "startWorkflow",
				tags: ["Plans"],
				summary: "Start an approved plan; POST /plans is the newer way",
				body: bodySchema,
				response: { 200: startedSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const { cognitive_plan, correlation_id } = request.body;
			const { priority, sla_deadline_seconds } = request.body;
			const decision = {
				decision_id: cognitive_plan.decision_id || correlation_id,
				plan_id: cognitive_plan.plan_id,
				intent_id: cognitive_plan.intent_id,
				final_decision: "approve",
				correlation_id,
				// The plan's creation time, which is older than the decision: the safe side.
				created_at: cognitive_plan.created_at,
				metadata: {
					requested_priority: String(priority),
					...(sla_deadline_seconds !== undefined && {
						sla_deadline_seconds: String(sla_deadline_seconds),
					}),
				},
				cognitive_plan,
			};
			const outcome = await decisions.accept(decision, planOriginOf(request));
			if (outcome.kind === "refused") {
				const { code, reason, hint, problems } = outcome;
				const problem = { code, detail: reason, hint, problems };
				return sendProblem(request, reply, problem) as never;
			}
			const { workflow_id, kind: status } = outcome;
			return { workflow_id, status, correlation_id };
		},
	);
};
