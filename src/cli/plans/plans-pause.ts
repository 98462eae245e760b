import type { Command } from "commander";
import { addExamples } from "../examples.ts";
import type { Run } from "../run-command.ts";
import { addPlanCommand } from "./plan-command.ts";

/** `plans pause`. */
export function addPlansPause(plans: Command, run: Run): void {
	addPlanCommand(plans, run, {
		verb: "pause",
		description: "publish nothing more for now; what is published goes on",
		extend: (command) =>
			addExamples(command, {
				'plans pause deploy-42 --reason "change freeze until noon"':
					"hold a plan",
			}),
	});
}
