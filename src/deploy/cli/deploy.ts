import type { Command } from "commander";
import {
	addCommandOptions,
	type CommandOptions,
	describeCommand,
} from "../../cli/command-options.ts";
import { addExamples } from "../../cli/examples.ts";
import {
	renderDeployStatus,
	renderReleaseStatus,
} from "../../cli/render/deploy.ts";
import { answer, type Run } from "../../cli/run-command.ts";
import type { DeployStatus, ReleaseStatus } from "../routes.ts";

interface BlueGreenOptions extends CommandOptions {
	build: string;
	dryRun?: boolean;
}

/** `deploy …`: two instances on one machine; answers the command, to which others are added. */
export function addDeploy(program: Command, run: Run): Command {
	const deploy = program
		.command("deploy")
		.description("which build has the requests; blue-green; features by share");
	addExamples(
		deploy
			.command("status")
			.description("who has the requests, how well both are, the last release"),
		{ "deploy status": "before and after a release" },
	).action(
		run(async ({ api }) =>
			answer(await api.get<DeployStatus>("/deploy/status"), renderDeployStatus),
		),
	);
	const blueGreen = deploy
		.command("bluegreen")
		.description("release the build of the staging instance")
		.requiredOption("--build <id>", "WORKER_BUILD_ID of the new build")
		.option("--dry-run", "everything but the switch");
	addExamples(addCommandOptions(blueGreen), {
		'deploy bluegreen --build 1.5.0 --dry-run --reason "will it do?"':
			"smoke plans and health checks of the new build",
		'deploy bluegreen --build 1.5.0 --reason "release 1.5"':
			"`rollout get` shows how it goes on",
	}).action(
		run<BlueGreenOptions>(async ({ api }, options) => {
			const { headers, body } = describeCommand(options);
			const dry_run = options.dryRun === true;
			const asked = { build_id: options.build, dry_run, ...body };
			const more = { headers };
			const begun = await api.post<ReleaseStatus>(
				"/deploy/bluegreen",
				asked,
				more,
			);
			return answer(begun, renderReleaseStatus);
		}),
	);
	return deploy;
}
