/** The program's inputs and outputs; only `main.ts` knows the process itself. */
export interface CliIo {
	env: Readonly<Record<string, string | undefined>>;
	stdin: AsyncIterable<Buffer | string>;
	stdout: CliOutput;
	stderr: CliOutput;
	/** Aborted by Ctrl-C. */
	signal: AbortSignal;
	/** From now on Ctrl-C is the command's own business. */
	letGo(): void;
}

/** Where text goes; a terminal or not. */
export interface CliOutput {
	readonly isTTY?: boolean;
	readonly columns?: number;
	readonly rows?: number;
	write(text: string): unknown;
}

/** Wide enough that nothing is cut for a program that reads the output. */
const UNLIMITED_WIDTH = 1_000;
const DEFAULT_HEIGHT = 24;

/** Columns to lay out for: the terminal's, else COLUMNS, else as many as it takes. */
export function widthFor({ env, stdout }: CliIo): number {
	return stdout.columns || Number(env.COLUMNS) || UNLIMITED_WIDTH;
}

/** Lines a live screen has. */
export function heightFor({ env, stdout }: CliIo): number {
	return stdout.rows || Number(env.LINES) || DEFAULT_HEIGHT;
}

/** Colours only on a terminal, and never when NO_COLOR says so (no-color.org). */
export function hasColour(
	output: CliOutput,
	env: CliIo["env"],
	isWanted: boolean,
): boolean {
	return (
		isWanted && output.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb"
	);
}
