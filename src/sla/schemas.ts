import Type from "typebox";
import { slaViolationSchema } from "../../schemas/sla-violation.ts";
import {
	budgetStatuses,
	burnLevels,
	type ErrorBudget,
} from "../domain/sla/error-budget.ts";
import { atMs, nullable, oneOf } from "../http/field-schemas.ts";
import { planStatusSchema } from "../http/v1/plan-schemas.ts";
import { planSlaSchema } from "../http/v1/sla-schemas.ts";

const percent = (description: string) => Type.Number({ description });

const budgetSchema = Type.Unsafe<ErrorBudget>(
	Type.Object({
		budget_id: Type.String(),
		slo_id: Type.String(),
		service_name: Type.String(),
		calculated_at: Type.String(),
		window_start: Type.String(),
		window_end: Type.String(),
		sli_value: Type.Number(),
		slo_target: Type.Number(),
		error_budget_total: percent("Share that may go wrong, percent"),
		error_budget_consumed: percent("Of the budget, 0 to 100"),
		error_budget_remaining: percent("Of the budget, 0 to 100"),
		status: oneOf(budgetStatuses),
		burn_rates: Type.Array(
			Type.Object({
				window_hours: Type.Number(),
				rate: Type.Number({
					description: "1: the budget lasts exactly its window",
				}),
				level: oneOf(burnLevels),
				estimated_exhaustion_hours: nullable(Type.Number()),
			}),
		),
		violations_count: Type.Integer(),
		last_violation_at: nullable(Type.String()),
		metadata: Type.Object({}, { additionalProperties: Type.String() }),
	}),
);

export const budgetsSchema = Type.Object({
	budgets: Type.Array(budgetSchema, {
		description: "As the SLA management system answers them",
	}),
	total: Type.Integer(),
	known: Type.Boolean({
		description: "false: nobody knows them now, and that is not fine",
	}),
	source: oneOf(["sla-management", "own-results"]),
	read_at: atMs,
	error: nullable(Type.String({ description: "Why they are not known" })),
});

export const planSlaAnswerSchema = Type.Object({
	plan_id: Type.String(),
	workflow_id: Type.String(),
	status: planStatusSchema,
	sla: nullable(planSlaSchema),
	risk: nullable(
		Type.Object(
			{
				reason: oneOf(["forecast", "consumed", "passed"]),
				sla_deadline: atMs,
				remaining_seconds: Type.Number(),
				percent_consumed: Type.Number({ description: "0 to 1" }),
				predicted_end: nullable(Type.Number({ description: "Unix epoch, ms" })),
				path: Type.Array(Type.String()),
				path_length: Type.Integer(),
			},
			{ description: "null: the deadline is not at risk now" },
		),
	),
	alerts: Type.Array(
		Type.Object({
			alert_type: Type.String(),
			ticket_id: nullable(
				Type.String({ description: "null: the plan as a whole" }),
			),
			raised_at: atMs,
			sent_at: atMs,
		}),
		{ description: "Raised, and not cleared yet" },
	),
	violations: Type.Array(slaViolationSchema, {
		description: "The newest; kept for 30 days",
	}),
});
