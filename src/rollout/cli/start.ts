import type { Command } from "commander";
import Value from "typebox/value";
import { CliError } from "../../cli/cli-error.ts";
import {
	addCommandOptions,
	type CommandOptions,
	describeCommand,
} from "../../cli/command-options.ts";
import { addExamples } from "../../cli/examples.ts";
import { readJsonInput } from "../../cli/read-input.ts";
import { renderRollout } from "../../cli/render/rollout.ts";
import { renderLint } from "../../cli/render/rollout-answers.ts";
import { answer, type Run } from "../../cli/run-command.ts";
import {
	completeSpec,
	type RolloutSpecInput,
	type SpecProblem,
} from "../../domain/rollout/spec.ts";
import type { RolloutView } from "../../domain/rollout/view.ts";
import { specSchema } from "../spec-schema.ts";

interface FileOptions {
	file?: string;
}

/** `rollout start` and `rollout lint`. */
export function addStart(rollout: Command, run: Run): void {
	const start = rollout
		.command("start")
		.description("release a build, as a file says or with the default steps")
		.argument("[deployment]")
		.argument("[build]")
		.option("-f, --file <file>", "the spec, as JSON; - for stdin")
		.option("--dry-run", "everything but the switch");
	addExamples(addCommandOptions(start), {
		'rollout start -f release.json --reason "release 9"': "as the file says",
		'rollout start orchestrator 9f31c2e --reason "release 9"':
			"smoke plans, 5, 25 and 50 %, promote, verify",
	}).action(
		run<CommandOptions & FileOptions & { dryRun?: boolean }>(
			async ({ api, io }, options, [deployment, buildId]) => {
				const spec: object =
					options.file === undefined
						? { deployment, target: { buildId } }
						: JSON.parse(await readJsonInput(options.file, io));
				if (options.file === undefined && buildId === undefined)
					throw new CliError("usage", "what to release is not said", {
						remedy: "name a deployment and a build, or a file by -f",
					});
				const { headers, body } = describeCommand(options);
				const dry = options.dryRun === true ? { dryRun: true } : {};
				const asked = { ...spec, ...dry, ...body };
				return answer(
					await api.post<RolloutView>("/api/v1/rollouts", asked, { headers }),
					renderRollout,
				);
			},
		),
	);
	const lint = rollout
		.command("lint")
		.description("whether a spec is valid; asks nobody")
		.requiredOption("-f, --file <file>", "the spec, as JSON; - for stdin");
	addExamples(lint, {
		"rollout lint -f release.json": "before it is used",
	}).action(
		run<{ file: string }>(async ({ io }, { file }) => {
			const spec: unknown = JSON.parse(await readJsonInput(file, io));
			const problems = lintSpec(spec);
			return answer(
				{ problems },
				renderLint,
				problems.length === 0 ? "ok" : "failed",
			);
		}),
	);
}

function lintSpec(spec: unknown): SpecProblem[] {
	const faults = Value.Errors(specSchema, spec).map(
		({ instancePath, message }): SpecProblem => ({
			path: `$.body${instancePath.replace(/\/(\d+)/g, "[$1]").replaceAll("/", ".")}`,
			message,
		}),
	);
	if (faults.length > 0) return faults;
	return completeSpec(spec as RolloutSpecInput).problems;
}
