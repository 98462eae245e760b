import type { Command } from "commander";
import { addExamples } from "../../cli/examples.ts";
import { renderPolicyTest } from "../../cli/render/policy-test.ts";
import { answer, type Run } from "../../cli/run-command.ts";

/** `policy …`: what policies say. */
export function addPolicy(program: Command, run: Run): void {
	const policy = program
		.command("policy")
		.description("policies, as the settings here name them");
	const test = policy
		.command("test")
		.description("judge a plan and explain each verdict; starts nothing")
		.argument("<file>", "JSON; - for the standard input");
	addExamples(test, {
		"policy test plan.json": "exit 4 if policies would deny it",
		"policy test plan.json --json | jq .policy": "outcome and features",
	}).action(
		run(async ({ io }, _options, [file = ""]) => {
			const { testPolicyHere } = await import("../../cli/local/policy-test.ts");
			const found = await testPolicyHere(io, file);
			const isAllowed =
				found.policy?.outcome === "allowed" &&
				found.policy.denied_tasks.length === 0;
			return answer(found, renderPolicyTest, isAllowed ? "ok" : "refused");
		}),
	);
}
