import { type ConfigExplanation, explainConfig } from "../../config.ts";
import type { CliIo } from "../cli-io.ts";

/** The settings that the service would use here, valid or not. */
export function explainHere({ env }: CliIo): ConfigExplanation {
	return explainConfig(env, process.cwd());
}
