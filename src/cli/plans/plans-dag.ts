import type { Command } from "commander";
import { planPath } from "../api/client.ts";
import { addExamples } from "../examples.ts";
import { renderDag } from "../render/dag.ts";
import type { GraphAnswer } from "../render/graph-view.ts";
import { answer, type Run } from "../run-command.ts";

/** `plans dag`. */
export function addPlansDag(plans: Command, run: Run): void {
	const dag = plans
		.command("dag")
		.description("a plan's graph, level by level, with its critical path")
		.argument("<plan-id>")
		.option("--all", "every task of every level");
	addExamples(dag, {
		"plans dag deploy-42": "what comes after what, and how far it is",
		"plans dag deploy-42 --json | jq '.critical_path.task_ids'":
			"the tasks that decide when it ends",
	}).action(
		run<{ all?: boolean }>(async ({ api }, options, [planId = ""]) =>
			answer(
				await api.get<GraphAnswer>(planPath(planId, "/dag")),
				(graph, frame) => renderDag(graph, frame, options),
			),
		),
	);
}
