import { Argument, type Command } from "commander";
import { addExamples } from "../examples.ts";
import type { Run } from "../run-command.ts";
import { addPlanCommand } from "./plan-command.ts";

/** `plans priority`. */
export function addPlansPriority(plans: Command, run: Run): void {
	addPlanCommand(plans, run, {
		verb: "priority",
		description: "change the priority of what is still to be published",
		extend: (command) =>
			addExamples(
				command.addArgument(
					new Argument("<level>").choices([
						"low",
						"normal",
						"high",
						"critical",
					]),
				),
				{
					'plans priority deploy-42 critical --reason "customers wait"':
						"the rest of the plan goes first",
				},
			),
		body: (_options, [priority]) => ({ priority }),
	});
}
