import type { Command } from "commander";
import { addExamples } from "./examples.ts";
import { renderConfig } from "./render/config.ts";
import { answer, type Run } from "./run-command.ts";

/** `config`: effective values and where each came from. */
export function addConfig(program: Command, run: Run): void {
	const config = program
		.command("config")
		.description("effective settings and where each came from, secrets masked")
		.option("--changed", "only what is not a default");
	addExamples(config, {
		config: "all settings; exit 2 if the service would not start with them",
		"config --changed": "only what the environment, .env or a file says",
	}).action(
		run<{ changed?: boolean }>(async ({ io }, { changed = false }) => {
			const { explainHere } = await import("./local/config.ts");
			const { settings, problems, warnings } = explainHere(io);
			const shown = settings.filter(
				({ source }) =>
					!changed || (source !== "default" && source !== "unset"),
			);
			return answer(
				{ settings: shown, problems, warnings },
				renderConfig,
				problems.length > 0 ? "usage" : "ok",
			);
		}),
	);
}
