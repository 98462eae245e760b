import type { Command } from "commander";
import { planPath } from "../api/client.ts";
import { addExamples } from "../examples.ts";
import { type PlanView, renderPlan } from "../render/plan.ts";
import { answer, type Run } from "../run-command.ts";

/** `plans get`. */
export function addPlansGet(plans: Command, run: Run): void {
	const get = plans
		.command("get")
		.description("one plan: status, steps, problems, commands")
		.argument("<plan-id>");
	addExamples(get, {
		"plans get deploy-42": "how the plan stands",
		"plans get deploy-42 --json": "all the service knows of it",
	}).action(
		run(async ({ api }, _options, [planId = ""]) =>
			answer(await api.get<PlanView>(planPath(planId)), renderPlan),
		),
	);
}
