import { rm } from "node:fs/promises";
import type { CommandOptions } from "./command-options.ts";
import { down } from "./down.ts";

/** Stops the stack and deletes its data and logs; the download cache stays. */
export async function reset(options: CommandOptions): Promise<void> {
	await down(options);
	await rm(options.directory, { recursive: true, force: true });
	console.log(`deleted ${options.directory}`);
}
