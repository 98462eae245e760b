import type { Command } from "commander";

/** Adds examples to a command's help: command lines without the program's name, each with its effect. */
export function addExamples(
	command: Command,
	examples: Readonly<Record<string, string>>,
): Command {
	const lines = Object.entries(examples).map(
		([line, what]) => `  orchestrator ${line}\n      ${what}`,
	);
	return command.addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}
