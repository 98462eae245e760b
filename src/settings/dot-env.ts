import { existsSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import type { Environment, SettingSources } from "./find-setting.ts";
import { readTextFile } from "./read-text-file.ts";

/** Value of ENV_FILE that reads no file. */
const NONE = "none";

/**
 * The sources of settings of a process that runs in the directory: its environment, and the file that
 * ENV_FILE names, `.env` by default. The problem is one of a file that is named and cannot be read.
 */
export function openSources(
	environment: Environment,
	directory: string,
): { sources: SettingSources; problems: string[] } {
	const named = environment.ENV_FILE?.trim() ?? "";
	const file = path.resolve(directory, named === "" ? ".env" : named);
	if (named === NONE || (named === "" && !existsSync(file))) {
		return { sources: { environment }, problems: [] };
	}
	try {
		const values = parseEnv(readTextFile(file)) as Environment;
		const dotEnv = { path: path.relative(directory, file) || file, values };
		return { sources: { environment, dotEnv }, problems: [] };
	} catch (error) {
		const why = (error as Error).message;
		const problem = `ENV_FILE is "${named || ".env"}", which cannot be read: ${why}; it must be: a file of settings, or none; for example ENV_FILE=.env`;
		return { sources: { environment }, problems: [problem] };
	}
}
