import type { Command } from "commander";
import { addExamples } from "./examples.ts";
import { renderConfig } from "./render/config.ts";
import { answer, type Run } from "./run-command.ts";

/** `config`: effective values and where each came from. */
export function addConfig(program: Command, run: Run): void {
	const config = program
		.command("config")
		.description("effective settings and where each came from, secrets masked")
		.option("--changed", "only what is not a default")
		.option(
			"--from <file>",
			"what a file of settings would mean here, such as one of the earlier service",
		);
	addExamples(config, {
		config: "all settings; exit 2 if the service would not start with them",
		"config --changed": "only what the environment, .env or a file says",
		"config --from old.env":
			"every setting in it that has no effect here, and what became of it",
	}).action(
		run<{ changed?: boolean; from?: string }>(async ({ io }, options) => {
			const { changed = false, from } = options;
			const { explainFile, explainHere } = await import("./local/config.ts");
			const { settings, problems, warnings } =
				from === undefined ? explainHere(io) : explainFile(from);
			const isWhole = !changed && from === undefined;
			const shown = settings.filter(
				({ source }) => isWhole || (source !== "default" && source !== "unset"),
			);
			return answer(
				{ settings: shown, problems, warnings },
				renderConfig,
				problems.length > 0 ? "usage" : "ok",
			);
		}),
	);
}
