import type { Command } from "commander";
import { createProgram } from "../../src/cli/program.ts";

/** Command lines of ours in a text: what stands between backquotes and begins with the program's name. */
export function commandLinesIn(text: string): string[] {
	return [...text.matchAll(/`orchestrator ([^`]+)`/g)].map(
		([, line]) => line as string,
	);
}

/**
 * What is wrong with a command line: an unknown command or option, a value the option does not take, a
 * missing argument or required option. A word in angle brackets stands for any value.
 */
export function faultsOf(line: string): string[] {
	const program = createSilentProgram();
	let command = program;
	const faults: string[] = [];
	const used: string[] = [];
	let argumentCount = 0;
	const words = line.match(/"[^"]*"|\S+/g)?.values() ?? [].values();
	for (const word of words) {
		if (word.startsWith("--")) {
			used.push(word);
			const option = [...command.options, ...program.options].find(
				({ long }) => long === word,
			);
			if (option === undefined && word !== "--help")
				faults.push(`${command.name()} has no ${word}`);
			if (!option?.required) continue;
			const value: string = words.next().value ?? "";
			const isFree = value.includes("<") || option.argChoices === undefined;
			if (value === "" || !(isFree || option.argChoices?.includes(value)))
				faults.push(`${word} does not take ${value}`);
			if (word === "--reason" && value.startsWith("<"))
				faults.push("a reason has several words: it needs quotes");
			continue;
		}
		const next = command.commands.find((one) => one.name() === word);
		if (next === undefined) argumentCount += 1;
		else command = next;
	}
	const needed = command.registeredArguments.filter((one) => one.required);
	if (argumentCount > command.registeredArguments.length)
		faults.push(`${command.name()} takes fewer words`);
	if (argumentCount < needed.length && !used.includes("--help"))
		faults.push(`${command.name()} needs ${needed.at(-1)?.name()}`);
	if (command.commands.length > 0 && argumentCount + used.length === 0)
		faults.push(`${line} is no command by itself`);
	return faults.concat(missingReason(command, used));
}

/** The command itself asks for it only when it is run. */
function missingReason(command: Command, used: readonly string[]): string[] {
	const takesReason = command.options.some(({ long }) => long === "--reason");
	return takesReason && !used.includes("--reason") && !used.includes("--help")
		? [`${command.name()} needs --reason`]
		: [];
}

function createSilentProgram(): Command {
	const output = { write: () => undefined };
	return createProgram(
		{
			env: {},
			stdin: (async function* () {})(),
			stdout: output,
			stderr: output,
			signal: new AbortController().signal,
			letGo() {},
		},
		() => {},
	);
}
