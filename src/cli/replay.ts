import type { Command } from "commander";
import { addExamples } from "./examples.ts";
import { renderReplay } from "./render/replay.ts";
import { answer, type Run } from "./run-command.ts";

/** `replay <workflow-id>`: a recorded history against today's workflow code. */
export function addReplay(program: Command, run: Run): void {
	const replay = program
		.command("replay")
		.description(
			"run a recorded history against today's code; says where it departs",
		)
		.argument("<workflow-id>", "orch-<plan-id>, or just a name with --file")
		.option("--file <file>", "a history exported as JSON; - for standard input")
		.option("--run-id <run-id>", "this run; default: the newest");
	addExamples(replay, {
		"replay orch-deploy-42": "exit 1 if today's code would break this plan",
		"replay recorded --file test/histories/v1-success.json":
			"the same from a file; asks no server",
	}).action(
		run<{ file?: string; runId?: string }>(
			async (context, options, [workflowId = ""]) => {
				const { replayHere } = await import("./local/replay.ts");
				const report = await replayHere(context, workflowId, options);
				return answer(report, renderReplay, report.is_same ? "ok" : "failed");
			},
		),
	);
}
