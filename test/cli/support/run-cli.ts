import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";

const main = path.join(import.meta.dirname, "../../../src/cli/main.ts");
const launcher = path.join(
	import.meta.dirname,
	"../../../bin/orchestrator.mjs",
);

export interface CliRun {
	code: number | null;
	stdout: string;
	stderr: string;
}

export interface CliRunOptions {
	env?: Record<string, string>;
	input?: string;
	cwd?: string;
	/** Through `bin/orchestrator.mjs`, as it is installed. */
	isInstalled?: boolean;
}

/** Starts the command line as a process of its own. */
export function startCli(
	args: readonly string[],
	{ env = {}, cwd, isInstalled = false }: CliRunOptions = {},
): ChildProcess {
	return spawn(process.execPath, [isInstalled ? launcher : main, ...args], {
		env: { ...process.env, ...env },
		...(cwd !== undefined && { cwd }),
		stdio: ["pipe", "pipe", "pipe"],
	});
}

/** Runs the command line to its end. */
export async function runCli(
	args: readonly string[],
	options: CliRunOptions = {},
): Promise<CliRun> {
	const child = startCli(args, options);
	child.stdin?.end(options.input ?? "");
	const [[code], stdout, stderr] = await Promise.all([
		once(child, "close") as Promise<[number | null]>,
		text(child.stdout as NodeJS.ReadableStream),
		text(child.stderr as NodeJS.ReadableStream),
	]);
	return { code, stdout, stderr };
}
