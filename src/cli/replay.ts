import type { Command } from "commander";
import type { ReplayedPlan } from "../domain/prediction/replayed-decision.ts";
import { CliError } from "./cli-error.ts";
import { addExamples } from "./examples.ts";
import { renderReplay } from "./render/replay.ts";
import { renderReplayedPlan } from "./render/replayed-plan.ts";
import { answer, type CommandContext, type Run } from "./run-command.ts";

/** `replay <workflow-id>`: a recorded history against today's workflow code. */
export function addReplay(program: Command, run: Run): void {
	const replay = program
		.command("replay")
		.description(
			"run a recorded history against today's code; says where it departs",
		)
		.argument("<workflow-id>", "orch-<plan-id>, or just a name with --file")
		.option("--file <file>", "a history exported as JSON; - for standard input")
		.option("--run-id <run-id>", "this run; default: the newest")
		.option(
			"--decisions",
			"the plan's decisions instead: predictions, priorities and workers, as they were and as they would be today",
		);
	addExamples(replay, {
		"replay orch-deploy-42": "exit 1 if today's code would break this plan",
		"replay orch-deploy-42 --decisions":
			"what today's model, weights and workers would change",
		"replay recorded --file test/histories/v1-success.json":
			"the same from a file; asks no server",
	}).action(
		run<{ file?: string; runId?: string; decisions?: boolean }>(
			async (context, options, [workflowId = ""]) => {
				if (options.decisions)
					return answer(
						await replayDecisions(context, workflowId, options),
						renderReplayedPlan,
					);
				const { replayHere } = await import("./local/replay.ts");
				const report = await replayHere(context, workflowId, options);
				return answer(report, renderReplay, report.is_same ? "ok" : "failed");
			},
		),
	);
}

/** The service is asked: it has the model, the workers and the policies. */
async function replayDecisions(
	{ api }: CommandContext,
	name: string,
	{ file, runId }: { file?: string; runId?: string },
): Promise<ReplayedPlan> {
	if (file !== undefined || runId !== undefined)
		throw new CliError("usage", "--decisions are those of a stored plan", {
			remedy: "leave --file and --run-id out",
		});
	const planId = encodeURIComponent(name.replace(/^orch-/, ""));
	return await api.get(`/api/v1/ml/plans/${planId}/decisions`);
}
