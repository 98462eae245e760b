import type { Command } from "commander";
import {
	addCommandOptions,
	type CommandOptions,
	describeCommand,
} from "../../cli/command-options.ts";
import { addExamples } from "../../cli/examples.ts";
import { renderPanic } from "../../cli/render/panic.ts";
import { answer, type Run } from "../../cli/run-command.ts";

interface PanicOptions extends CommandOptions {
	build?: string;
}

/** `rollout panic`: works on Temporal, and on MongoDB when it answers; independent of the service. */
export function addPanic(rollout: Command, run: Run): void {
	const panic = rollout
		.command("panic")
		.description(
			"take all traffic from the candidate at once, by the TEMPORAL_ settings that are here: works while API and controller are dead",
		)
		.argument("[deployment]", "default: WORKER_DEPLOYMENT_NAME")
		.option(
			"--build <build>",
			"where all new plans go; default: the base of the release",
		);
	addExamples(addCommandOptions(panic), {
		'rollout panic --reason "orders fail"': "back to the stable build",
		'rollout panic orchestrator --build 1.0.0 --reason "orders fail"':
			"to this build, whatever the release says",
	}).action(
		run<PanicOptions>(async (context, options, [deployment]) => {
			const { panicHere } = await import("../../cli/local/panic.ts");
			const { actor, reason } = describeCommand(options).body;
			const done = await panicHere(context, {
				...{ actor, reason },
				...(deployment !== undefined && { deployment }),
				...(options.build !== undefined && { build: options.build }),
			});
			return answer(done, renderPanic);
		}),
	);
}
