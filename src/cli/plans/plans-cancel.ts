import type { Command } from "commander";
import { addExamples } from "../examples.ts";
import type { Run } from "../run-command.ts";
import { addPlanCommand } from "./plan-command.ts";

/** `plans cancel`. */
export function addPlansCancel(plans: Command, run: Run): void {
	addPlanCommand<{ compensate?: boolean }>(plans, run, {
		verb: "cancel",
		description: "publish nothing more and end the plan",
		extend: (command) =>
			addExamples(command.option("--compensate", "undo what was done"), {
				'plans cancel deploy-42 --reason "wrong cluster"':
					"stop it; what was done stays",
				'plans cancel deploy-42 --compensate --reason "wrong cluster"':
					"stop it and undo what was done",
			}),
		body: ({ compensate }) => (compensate ? { compensate } : {}),
	});
}
