import { parseEnv } from "node:util";
import {
	type ConfigExplanation,
	explainConfig,
	settingNames,
} from "../../config.ts";
import { earlierSettings } from "../../settings/earlier-settings.ts";
import { readTextFile } from "../../settings/read-text-file.ts";
import { CliError } from "../cli-error.ts";
import type { CliIo } from "../cli-io.ts";

/** The settings that the service would use here, valid or not. */
export function explainHere({ env }: CliIo): ConfigExplanation {
	return explainConfig(env, process.cwd());
}

/**
 * What the service would make of a file of settings alone; names that neither it nor the earlier service knows
 * are warned of. The earlier service did not mind capitals, so names are read in any.
 */
export function explainFile(file: string): ConfigExplanation {
	const values = Object.fromEntries(
		Object.entries(parseEnv(read(file))).map(([name, value]) => [
			name.toUpperCase(),
			value,
		]),
	);
	const explanation = explainConfig(values);
	const warned = explanation.warnings.map((line) => line.split(" ", 1)[0]);
	const foreign = Object.keys(values).filter(
		(name) =>
			!settingNames.has(name) &&
			!(name in earlierSettings) &&
			!warned.includes(name),
	);
	const unknown = foreign.map(
		(name) => `${name} is no setting of this service nor of the earlier one`,
	);
	return { ...explanation, warnings: [...explanation.warnings, ...unknown] };
}

function read(file: string): string {
	try {
		return readTextFile(file);
	} catch (cause) {
		throw new CliError("usage", `${file} cannot be read`, { cause });
	}
}
