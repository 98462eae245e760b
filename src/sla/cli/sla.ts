import type { Command } from "commander";
import { addExamples } from "../../cli/examples.ts";
import {
	type BudgetsAnswer,
	type PlanSlaAnswer,
	renderBudgets,
	renderPlanSla,
} from "../../cli/render/sla.ts";
import { answer, type Run } from "../../cli/run-command.ts";

/** `sla …`: deadlines and error budgets. */
export function addSla(program: Command, run: Run): void {
	const sla = program
		.command("sla")
		.description("deadlines of plans, and error budgets");
	addExamples(
		sla
			.command("budgets")
			.description("what is left of the error budgets, and how fast they go"),
		{ "sla budgets": "whether there is room for more that goes wrong" },
	).action(
		run(async ({ api }) =>
			answer(
				await api.get<BudgetsAnswer>("/api/v1/sla/budgets"),
				renderBudgets,
			),
		),
	);
	addExamples(
		sla
			.command("plan")
			.description("how a plan stands with its deadline")
			.argument("<plan-id>"),
		{ "sla plan deploy-42": "when it will end, and what holds it up" },
	).action(
		run(async ({ api }, _options, [planId = ""]) =>
			answer(
				await api.get<PlanSlaAnswer>(
					`/api/v1/sla/plans/${encodeURIComponent(planId)}`,
				),
				renderPlanSla,
			),
		),
	);
}
