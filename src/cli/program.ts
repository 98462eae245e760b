import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { addDlq } from "../dead-letters/cli/dlq.ts";
import { addDeploy } from "../deploy/cli/deploy.ts";
import { addFeatureCanary } from "../features/cli/canary.ts";
import { addPolicy } from "../policy/cli/policy.ts";
import { addMl } from "../prediction/cli/ml.ts";
import { addWorkers } from "../registry/cli/workers.ts";
import { addAb } from "../rollout/cli/ab.ts";
import { addRollout } from "../rollout/cli/rollout.ts";
import { addRouting } from "../rollout/cli/routing.ts";
import { addSla } from "../sla/cli/sla.ts";
import { addCancelPlans, addStop } from "../stops/cli/stop.ts";
import { addApprovals } from "./approvals.ts";
import { addAudit } from "./audit.ts";
import type { CliIo } from "./cli-io.ts";
import { addCompletion } from "./completion.ts";
import { addConfig } from "./config.ts";
import { addDoctor } from "./doctor.ts";
import { addExamples } from "./examples.ts";
import { describeExitCodes } from "./exit-codes.ts";
import { addServe } from "./local/serve.ts";
import { addDryRun } from "./plans/dry-run.ts";
import { addPlans } from "./plans/plans.ts";
import { addPublish } from "./plans/publish.ts";
import { addSubmit } from "./plans/submit.ts";
import { addPurge } from "./purge.ts";
import { readDuration } from "./read-options.ts";
import { addReplay } from "./replay.ts";
import { createRun, type Ended } from "./run-command.ts";
import { addToken } from "./token.ts";
import { addTopics } from "./topics.ts";

const DEFAULT_URL = "http://127.0.0.1:8080";
const DEFAULT_TIMEOUT_MS = 30_000;
const HELP_WIDTH = 100;

/** The program with all its commands; `ended` is told how a command ended. */
export function createProgram(
	io: CliIo,
	ended: (exit: Ended) => void,
): Command {
	const program = new Command("orchestrator");
	const width = (output: CliIo["stdout"]) =>
		Math.min(output.columns ?? HELP_WIDTH, HELP_WIDTH);
	program
		.description(
			"Plans as durable workflows: run them, watch them, command them.",
		)
		.version(readVersion(), "-V, --version", "print the version")
		.exitOverride()
		.configureOutput({
			writeOut: (text) => io.stdout.write(text),
			writeErr: (text) => io.stderr.write(text),
			getOutHelpWidth: () => width(io.stdout),
			getErrHelpWidth: () => width(io.stderr),
			// Colours are ours to decide, in run-command.ts.
			getOutHasColors: () => false,
			getErrHasColors: () => false,
		})
		.configureHelp({ showGlobalOptions: true })
		.showHelpAfterError(
			"what to do: repeat it with --help to see what it takes",
		)
		.option(
			"--url <url>",
			"where the service answers (or: env ORCHESTRATOR_URL)",
			io.env.ORCHESTRATOR_URL || DEFAULT_URL,
		)
		.option(
			"--token-file <file>",
			"file with the token (or: env ORCHESTRATOR_TOKEN, ORCHESTRATOR_TOKEN_FILE)",
		)
		.option("--json", "one JSON document; errors as well")
		.option("--no-color", "no colours (or: env NO_COLOR)")
		.addOption(
			new Option("--timeout <duration>", "longest wait for an answer")
				.argParser(readDuration)
				.default(DEFAULT_TIMEOUT_MS, "30s"),
		)
		.addHelpText("after", `\nExit codes:\n${describeExitCodes()}`);
	addExamples(program, {
		"submit plan.json --wait done": "hand a plan in and see it through",
		"plans watch deploy-42": "follow it live",
		"plans list --status RUNNING --json | jq -r '.plans[].plan_id'":
			"for programs",
		doctor: "what is wrong here, and what to do",
	});

	const run = createRun(io, ended);
	program.commandsGroup("Plans:");
	addPlans(program, run);
	addSubmit(program, run);
	addPublish(program, run);
	addDryRun(program, run);
	addPolicy(program, run);
	program.commandsGroup("What needs a person:");
	addApprovals(program, run);
	addDlq(program, run);
	addAudit(program, run);
	addSla(program, run);
	addStop(program, run);
	addCancelPlans(program, run);
	addRollout(program, run);
	program.commandsGroup("Who executes tickets:");
	addWorkers(program, run);
	addMl(program, run);
	program.commandsGroup("Which versions plans run under:");
	addRouting(program, run);
	addAb(program, run);
	addFeatureCanary(addDeploy(program, run), run);
	program.commandsGroup("The service and its servers, from this machine:");
	addServe(program, run);
	addDoctor(program, run);
	addConfig(program, run);
	addTopics(program, run);
	addPurge(program, run);
	addReplay(program, run);
	addToken(program, run);
	program.commandsGroup("Other:");
	addCompletion(program);
	return program;
}

function readVersion(): string {
	const file = new URL("../../package.json", import.meta.url);
	return (JSON.parse(readFileSync(file, "utf8")) as { version: string })
		.version;
}
