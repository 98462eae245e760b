import type { CommandOptions } from "./command-options.ts";
import { readRunningStack } from "./running-stack.ts";

/** Prints the addresses of the running stack, for a shell to evaluate or as JSON. */
export function env({ directory, json }: CommandOptions): void {
	const { env } = readRunningStack(directory);
	const exports = Object.entries(env).map(
		([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`,
	);
	console.log(json ? JSON.stringify(env) : exports.join("\n"));
}
