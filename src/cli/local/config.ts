import { type ConfigExplanation, explainConfig } from "../../config.ts";
import type { CliIo } from "../cli-io.ts";

/** What the service would run with here, whether it is valid or not. */
export function explainHere({ env }: CliIo): ConfigExplanation {
	return explainConfig(env, process.cwd());
}
