import { CommanderError } from "commander";
import { CliError } from "./cli-error.ts";
import { type CliIo, hasColour } from "./cli-io.ts";
import { type ExitName, exitCodes } from "./exit-codes.ts";
import { createProgram } from "./program.ts";
import { colourPaint, plainPaint } from "./render/paint.ts";
import { printable, printableLines } from "./render/text.ts";
import { type Ended, writeJson } from "./run-command.ts";

/** Runs one command line (without the program's name); answers the exit code. Never rejects. */
export async function runCli(args: readonly string[], io: CliIo) {
	let exit: Ended = "ok";
	const program = createProgram(io, (how) => {
		exit = how;
	});
	try {
		await program.parseAsync(args, { from: "user" });
	} catch (error) {
		exit = report(error, args, io);
	}
	return codeOf(exit);
}

function codeOf(exit: Ended): number {
	return typeof exit === "number" ? exit : exitCodes[exit].code;
}

/** Prints the error and the remedy on stderr; with --json the same on stdout, as JSON. */
function report(error: unknown, args: readonly string[], io: CliIo): ExitName {
	if (io.signal.aborted) return "interrupted";
	const wantsJson = args.includes("--json");
	if (error instanceof CommanderError) {
		if (error.exitCode === 0) return "ok";
		const message = error.message.replace(/^error: /, "");
		if (wantsJson) writeError(io, new CliError("usage", message));
		return "usage";
	}
	const known = describe(error);
	if (wantsJson) writeError(io, known);
	const isPlain = !hasColour(io.stderr, io.env, !args.includes("--no-color"));
	const paint = isPlain ? plainPaint : colourPaint;
	const { remedy } = printable({ remedy: known.remedy });
	const message = printableLines(known.message);
	io.stderr.write(`${paint("bad", "✘ error")}: ${message}\n`);
	if (remedy !== undefined) io.stderr.write(`  what to do: ${remedy}\n`);
	return known.exit;
}

function writeError(io: CliIo, { exit, message, remedy, details }: CliError) {
	const exit_code = exitCodes[exit].code;
	writeJson(io, { error: { exit, exit_code, message, remedy, ...details } });
}

function describe(error: unknown): CliError {
	if (error instanceof CliError) return error;
	const code = (error as { code?: unknown } | null)?.code;
	if (code === "SETTINGS_INVALID") {
		return new CliError("usage", (error as Error).message, {
			remedy: "`orchestrator config` shows every setting and where it is from",
			code,
		});
	}
	return new CliError("failed", describeChain(error), {
		...(typeof code === "string" && { code }),
	});
}

function describeChain(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	return error.cause === undefined
		? error.message
		: `${error.message}: ${describeChain(error.cause)}`;
}
