import { spawn } from "node:child_process";

const LAST_CHARACTERS = 2_000;

/** Runs a program to its end; rejects with the end of its output when it fails or is not there. */
export async function runTool(
	file: string,
	args: readonly string[],
	signal?: AbortSignal,
	cwd?: string,
): Promise<void> {
	const tool = spawn(file, args, {
		stdio: ["ignore", "pipe", "pipe"],
		...(cwd !== undefined && { cwd }),
		...(signal && { signal }),
	});
	let output = "";
	const keepEnd = (chunk: Buffer) => {
		output = (output + chunk.toString()).slice(-LAST_CHARACTERS);
	};
	tool.stdout.on("data", keepEnd);
	tool.stderr.on("data", keepEnd);
	const { promise, resolve, reject } = Promise.withResolvers<number | null>();
	tool.once("error", reject);
	tool.once("close", resolve);
	const exitCode = await promise.catch((cause: unknown) => {
		throw new Error(`${file} could not be run`, { cause });
	});
	if (exitCode !== 0) {
		throw new Error(`${file} failed (exit ${exitCode}):\n${output.trim()}`);
	}
}
