import { explainConfig, loadConfig } from "../../config.ts";
import type { Check } from "../../doctor/check.ts";
import { diagnose } from "../../wiring/diagnose.ts";
import type { CliIo } from "../cli-io.ts";

/** Looks at every setting and server from here; settings that are not valid are all that can be said then. */
export async function* diagnoseHere({ env }: CliIo): AsyncIterable<Check> {
	const directory = process.cwd();
	const { problems, warnings } = explainConfig(env, directory);
	for (const detail of problems) {
		const [name = "setting"] = detail.split(" ");
		yield {
			name: `setting ${name}`,
			status: "failed",
			detail,
			remedy: "`orchestrator config` shows every setting and where it is from",
		};
	}
	if (problems.length > 0) return;
	const config = loadConfig(env, directory);
	yield* diagnose(config, { slips: warnings, directory });
}
