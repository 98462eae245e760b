import { type Config, loadConfig } from "../../config.ts";
import type { CliIo } from "../cli-io.ts";

/** The configuration of the service that would run here. Throws SETTINGS_INVALID with every problem. */
export function loadDirect({ env }: CliIo): Config {
	return loadConfig(env, process.cwd());
}

const silent = () => undefined;
/** What an adapter says while a command runs goes nowhere: its errors come as rejections. */
export const silentLog = {
	debug: silent,
	info: silent,
	warn: silent,
	error: silent,
};
