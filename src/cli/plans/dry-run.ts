import type { Command } from "commander";
import type { DryRun } from "../../domain/dry-run.ts";
import { addExamples } from "../examples.ts";
import { readJsonInput } from "../read-input.ts";
import { renderDryRun } from "../render/dry-run.ts";
import { answer, type Run } from "../run-command.ts";

/** `dry-run <file>`: the outcome that a plan would have; starts nothing. */
export function addDryRun(program: Command, run: Run): void {
	const dryRun = program
		.command("dry-run")
		.description("what would become of a plan: problems, graph, finish")
		.argument("<file>", "JSON; - for the standard input");
	addExamples(dryRun, {
		"dry-run plan.json": "exit 4 with all problems if it is unsound",
	}).action(
		run(async ({ api, io }, _options, [file = ""]) => {
			const text = await readJsonInput(file, io);
			const found = await api.post<DryRun>("/api/v1/plans:dry-run", text);
			const isGood = found.valid && found.outcome !== "would_be_refused";
			return answer(found, renderDryRun, isGood ? "ok" : "refused");
		}),
	);
}
