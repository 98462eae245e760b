import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import { addExamples } from "./examples.ts";

/** `completion <shell>`: prints a script; it asks this program at every Tab, so it never goes stale. */
export function addCompletion(program: Command): void {
	tab(program, { completionCommandName: "completion" });
	const completion = program.commands.find(
		(command) => command.name() === "completion",
	);
	if (completion === undefined) return;
	addExamples(completion.description("print a script for shell completion"), {
		"completion bash > ~/.local/share/bash-completion/completions/orchestrator":
			"for bash, with the package bash-completion",
		"completion zsh > ~/.zfunc/_orchestrator":
			"for zsh, with ~/.zfunc in $fpath",
		"completion fish > ~/.config/fish/completions/orchestrator.fish":
			"for fish",
	});
}
