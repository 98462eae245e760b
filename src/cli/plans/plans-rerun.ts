import type { Command } from "commander";
import { addExamples } from "../examples.ts";
import type { Run } from "../run-command.ts";
import { addPlanCommand } from "./plan-command.ts";

/** `plans rerun`. */
export function addPlansRerun(plans: Command, run: Run): void {
	addPlanCommand<{ task: string }>(plans, run, {
		verb: "rerun",
		description: "run one task again with its descendants, and nothing else",
		extend: (command) =>
			addExamples(
				command.requiredOption("--task <task-id>", "the task to run again"),
				{
					'plans rerun deploy-42 --task migrate --reason "index added"':
						"run migrate and what depends on it again; siblings keep their results",
				},
			),
		body: ({ task }) => ({ task_id: task }),
	});
}
