import { type Config, loadConfig } from "../../config.ts";
import type { CliIo } from "../cli-io.ts";

/** The configuration of the service that would run here. Throws SETTINGS_INVALID with every problem. */
export function loadDirect({ env }: CliIo): Config {
	return loadConfig(env, process.cwd());
}

const silent = () => undefined;
/** Log lines of adapters are discarded during a command: errors arrive as rejections. */
export const silentLog = {
	debug: silent,
	info: silent,
	warn: silent,
	error: silent,
};
