import type { Command } from "commander";
import { addExamples } from "../examples.ts";
import type { Run } from "../run-command.ts";
import { addPlanCommand } from "./plan-command.ts";

/** `plans reject`. */
export function addPlansReject(plans: Command, run: Run): void {
	addPlanCommand(plans, run, {
		verb: "reject",
		description: "refuse a plan that waits for approval",
		extend: (command) =>
			addExamples(command, {
				'plans reject deploy-42 --reason "no roll-back path"':
					"it ends as REJECTED; a corrected one may come under the same id",
			}),
	});
}
