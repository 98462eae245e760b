import type { Command } from "commander";
import { addExamples } from "../examples.ts";
import type { Run } from "../run-command.ts";
import { addPlanCommand } from "./plan-command.ts";

/** `plans approve`. */
export function addPlansApprove(plans: Command, run: Run): void {
	addPlanCommand<{ planHash?: string }>(plans, run, {
		verb: "approve",
		description: "let a plan that waits for approval run",
		extend: (command) =>
			addExamples(
				command.option(
					"--plan-hash <sha256>",
					"approve exactly this plan; another one is refused",
				),
				{
					'plans approve deploy-42 --reason "reviewed with the team"':
						"approve what waits now",
					'plans approve deploy-42 --plan-hash "$HASH" --reason "reviewed"':
						"approve only what was reviewed; `plans get` shows the hash",
				},
			),
		body: ({ planHash }) =>
			planHash === undefined ? {} : { plan_hash: planHash },
	});
}
