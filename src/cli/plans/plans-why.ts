import type { Command } from "commander";
import type { PlanWaits } from "../../domain/plan-run.ts";
import { planPath } from "../api/client.ts";
import { addExamples } from "../examples.ts";
import { renderWhy } from "../render/why.ts";
import { answer, type Run } from "../run-command.ts";

/** `plans why`. */
export function addPlansWhy(plans: Command, run: Run): void {
	const why = plans
		.command("why")
		.description("what a plan waits for, since when, what would unblock it")
		.argument("<plan-id>");
	addExamples(why, {
		"plans why deploy-42": "why it does not go on",
	}).action(
		run(async ({ api }, _options, [planId = ""]) =>
			answer(await api.get<PlanWaits>(planPath(planId, "/why")), renderWhy),
		),
	);
}
