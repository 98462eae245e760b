import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { decodeText } from "../domain/parse-json.ts";
import { type ApiClient, createApiClient } from "./api/client.ts";
import { CliError } from "./cli-error.ts";
import { type CliIo, type CliOutput, hasColour, widthFor } from "./cli-io.ts";
import type { ExitName } from "./exit-codes.ts";
import { type Progress, startProgress } from "./progress.ts";
import { colourPaint, type Frame, plainPaint } from "./render/paint.ts";
import { printable, printableJson } from "./render/text.ts";

/** Options every command has. */
export interface GlobalOptions {
	url: string;
	tokenFile?: string;
	json?: boolean;
	color: boolean;
	timeout: number;
}

/** The context of a command. */
export interface CommandContext {
	io: CliIo;
	api: ApiClient;
	isJson: boolean;
	progress: Progress;
	/** How a screen is drawn right now: a terminal may change its size. */
	frame(): Frame;
	/** Bound of one request, ms. */
	timeoutMs: number;
}

/** The result of a command: one JSON document, which is rendered for people. */
export interface Answer {
	document: unknown;
	render(frame: Frame): string[];
	exit: ExitName;
}

/** Combines a document with its renderer; the rendered text is safe for a terminal. */
export function answer<T>(
	document: T,
	render: (document: T, frame: Frame) => string[],
	exit: ExitName = "ok",
): Answer {
	return {
		document,
		exit,
		render: (frame) => render(printable(document), frame),
	};
}

/** How a command ended; a number where a command has exit codes of its own. */
export type Ended = ExitName | number;

/** A command's work. Without an answer it has written all it has to say itself, and answers how it ended. */
export type Handler<O> = (
	context: CommandContext,
	options: O,
	args: string[],
) => Promise<Answer | Ended>;

/** Makes a commander action of a handler. */
export type Run = <O extends object>(
	handler: Handler<O>,
) => (...given: unknown[]) => Promise<void>;

/** Runs handlers; `ended` is told how. */
export function createRun(io: CliIo, ended: (exit: Ended) => void): Run {
	return (handler) =>
		async (...given) => {
			const command = given.at(-1) as Command;
			type Options = Parameters<typeof handler>[1] & GlobalOptions;
			const options = command.optsWithGlobals<Options>();
			const args = command.processedArgs.flat() as string[];
			const context = openContext(io, options);
			try {
				const outcome = await handler(context, options, args);
				context.progress.stop();
				if (typeof outcome !== "object") return ended(outcome);
				print(context, outcome);
				ended(outcome.exit);
			} finally {
				context.progress.stop();
			}
		};
}

function openContext(io: CliIo, options: GlobalOptions): CommandContext {
	const { url, json = false, color, timeout } = options;
	const paint = hasColour(io.stdout, io.env, color) ? colourPaint : plainPaint;
	let api: ApiClient | undefined;
	return {
		io,
		isJson: json,
		timeoutMs: timeout,
		progress: startProgress(io.stderr, `waiting for ${url}`),
		frame: () => ({ width: widthFor(io), paint, nowMs: Date.now() }),
		// Made when it is needed: not every command talks to the service.
		get api() {
			const token = readToken(options.tokenFile, io.env);
			const { signal } = io;
			api ??= createApiClient({ url, token, timeoutMs: timeout, signal });
			return api;
		},
	};
}

function print({ io, isJson, frame }: CommandContext, outcome: Answer): void {
	if (isJson) writeJson(io, outcome.document);
	else writeLines(io.stdout, outcome.render(frame()));
}

/** Writes lines that stay. */
export function writeLines(output: CliOutput, lines: readonly string[]): void {
	output.write(lines.map((line) => `${line}\n`).join(""));
}

/** One JSON document, indented for people on a terminal and on one line for programs. */
export function writeJson({ stdout }: CliIo, document: unknown): void {
	const text = printableJson(document, stdout.isTTY ? 2 : undefined);
	stdout.write(`${text}\n`);
}

function readToken(
	file: string | undefined,
	env: CliIo["env"],
): string | undefined {
	const from = file ?? env.ORCHESTRATOR_TOKEN_FILE;
	// A file that is named on the command line overrides the environment.
	if (file === undefined && env.ORCHESTRATOR_TOKEN)
		return env.ORCHESTRATOR_TOKEN;
	if (!from) return undefined;
	try {
		return decodeText(readFileSync(from)).trim();
	} catch (cause) {
		throw new CliError("usage", `cannot read the token's file ${from}`, {
			remedy:
				"name a readable file by --token-file, or set ORCHESTRATOR_TOKEN instead",
			cause,
		});
	}
}
