import type { Command } from "commander";
import { addExamples } from "../examples.ts";
import type { Run } from "../run-command.ts";
import { addPlanCommand } from "./plan-command.ts";

/** `plans resume`. */
export function addPlansResume(plans: Command, run: Run): void {
	addPlanCommand(plans, run, {
		verb: "resume",
		description: "go on with a paused plan",
		extend: (command) =>
			addExamples(command, {
				'plans resume deploy-42 --reason "change freeze is over"':
					"let it go on",
			}),
	});
}
