import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { isServerName, serverNames } from "../server-table.ts";
import { logFileOf } from "../stack-record.ts";
import type { CommandOptions } from "./command-options.ts";

const LAST_LINES = "200";

/** Prints the end of a server's output, and goes on with it when asked to. */
export async function logs(options: CommandOptions): Promise<void> {
	const { directory, server = "", follow } = options;
	if (!isServerName(server)) {
		throw new Error(`logs of which server? ${serverNames.join(", ")}`);
	}
	const file = logFileOf(directory, server);
	if (!existsSync(file)) throw new Error(`${server} has no log yet`);
	const args = ["-n", LAST_LINES, ...(follow ? ["-f"] : []), file];
	await once(spawn("tail", args, { stdio: "inherit" }), "exit");
}
