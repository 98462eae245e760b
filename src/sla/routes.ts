import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { raisedSubject } from "../domain/sla/decide-alerts.ts";
import { judgeRisk } from "../domain/sla/watch-plan.ts";
import { OrchestratorError } from "../errors.ts";
import { problemResponses } from "../http/problems.ts";
import type { ApiRoutes } from "../http/server.ts";
import { planParamsSchema } from "../http/v1/plans.ts";
import type { SlaSources } from "./ports.ts";
import { budgetsSchema, planSlaAnswerSchema } from "./schemas.ts";

/** The operations of deadlines and error budgets. */
export function slaApi(sources: SlaSources): ApiRoutes {
	return async (app) => {
		await app.register(slaRoutes, sources);
	};
}

const slaRoutes: FastifyPluginAsyncTypebox<SlaSources> = async (
	app,
	{ budgets, rules, readPlan, listViolations, raisedAlerts },
) => {
	app.get(
		"/sla/budgets",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listErrorBudgets",
				tags: ["Deadlines"],
				summary: "What is left of the error budgets, and how fast they go",
				response: { 200: budgetsSchema, ...problemResponses },
			},
		},
		async () => {
			const { source, read_at, reading, error } = await budgets.view();
			const list = reading?.budgets ?? [];
			return {
				budgets: list,
				total: list.length,
				known: reading !== null,
				...{ source, read_at, error },
			};
		},
	);

	app.get(
		"/sla/plans/:plan_id",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getPlanSla",
				tags: ["Deadlines"],
				summary: "How a plan stands with its deadline",
				params: planParamsSchema,
				response: { 200: planSlaAnswerSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { plan_id } = request.params;
			const plan = await readPlan(plan_id);
			if (plan === undefined)
				throw new OrchestratorError(
					"PLAN_NOT_FOUND",
					`plan ${plan_id} not found`,
				);
			const [violations, raised] = await Promise.all([
				listViolations(plan_id),
				raisedAlerts(plan_id),
			]);
			return {
				plan_id,
				workflow_id: plan.workflow_id,
				status: plan.status,
				sla: plan.sla ?? null,
				risk: judgeRisk(plan, Date.now(), rules),
				alerts: Object.entries(raised).map(
					([field, { raisedAtMs, sentAtMs }]) => ({
						...raisedSubject(field),
						raised_at: raisedAtMs,
						sent_at: sentAtMs,
					}),
				),
				violations,
			};
		},
	);
};
