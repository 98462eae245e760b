import { Argument, type Command } from "commander";
import { planPath } from "../api/client.ts";
import { CliError } from "../cli-error.ts";
import {
	addCommandOptions,
	type CommandOptions,
	describeCommand,
} from "../command-options.ts";
import { addExamples } from "../examples.ts";
import { renderAcknowledgement } from "../render/acknowledge.ts";
import { answer, type CommandContext, type Run } from "../run-command.ts";

interface PlanOptions extends CommandOptions {
	compensate?: boolean;
	planHash?: string;
	task?: string;
}

/** A command on a plan, and its arguments beside the options of every command. */
interface PlanCommand {
	verb: string;
	description: string;
	/** Each command line without the program's name, and its effect. */
	examples: Record<string, string>;
	/** Adds the command's own arguments and options. */
	extend?(command: Command): Command;
	/** The command's own fields of the request's body. */
	body?(options: PlanOptions, args: string[]): Record<string, unknown>;
}

/** In the order of the help text. */
const planCommands: readonly PlanCommand[] = [
	{
		verb: "cancel",
		description: "publish nothing more and end the plan",
		examples: {
			'plans cancel deploy-42 --reason "wrong cluster"':
				"stop it; what was done stays",
			'plans cancel deploy-42 --compensate --reason "wrong cluster"':
				"stop it and undo what was done",
		},
		extend: (command) => command.option("--compensate", "undo what was done"),
		body: ({ compensate }) => (compensate ? { compensate } : {}),
	},
	{
		verb: "pause",
		description: "publish nothing more for now; what is published goes on",
		examples: {
			'plans pause deploy-42 --reason "change freeze until noon"':
				"hold a plan",
		},
	},
	{
		verb: "resume",
		description: "go on with a paused plan",
		examples: {
			'plans resume deploy-42 --reason "change freeze is over"': "let it go on",
		},
	},
	{
		verb: "approve",
		description: "let a plan that waits for approval run",
		examples: {
			'plans approve deploy-42 --reason "reviewed with the team"':
				"approve what waits now",
			'plans approve deploy-42 --plan-hash "$HASH" --reason "reviewed"':
				"approve only what was reviewed; `plans get` shows the hash",
		},
		extend: (command) =>
			command.option(
				"--plan-hash <sha256>",
				"approve exactly this plan; another one is refused",
			),
		body: ({ planHash }) =>
			planHash === undefined ? {} : { plan_hash: planHash },
	},
	{
		verb: "reject",
		description: "refuse a plan that waits for approval",
		examples: {
			'plans reject deploy-42 --reason "no roll-back path"':
				"it ends as REJECTED; a corrected one may come under the same id",
		},
	},
	{
		verb: "rerun",
		description: "run one task again with its descendants, and nothing else",
		examples: {
			'plans rerun deploy-42 --task migrate --reason "index added"':
				"run migrate and what depends on it again; siblings keep their results",
		},
		extend: (command) =>
			command.requiredOption("--task <task-id>", "the task to run again"),
		body: ({ task }) => ({ task_id: task }),
	},
	{
		verb: "priority",
		description: "change the priority of what is still to be published",
		examples: {
			'plans priority deploy-42 critical --reason "customers wait"':
				"the rest of the plan goes first",
		},
		extend: (command) =>
			command.addArgument(
				new Argument("<level>").choices(["low", "normal", "high", "critical"]),
			),
		body: (_options, [priority]) => ({ priority }),
	},
];

/** Adds every `plans <verb> <plan-id> --reason <text>`. */
export function addPlanCommands(plans: Command, run: Run): void {
	for (const { verb, description, examples, extend, body } of planCommands) {
		const command = plans
			.command(verb)
			.description(description)
			.argument("<plan-id>");
		addCommandOptions(command);
		extend?.(command);
		addExamples(command, examples).action(
			run<PlanOptions>(async (context, options, [planId = "", ...rest]) =>
				answer(
					await send(context, verb, planId, {
						options,
						more: body?.(options, rest) ?? {},
					}),
					renderAcknowledgement,
				),
			),
		);
	}
}

async function send(
	{ api }: CommandContext,
	verb: string,
	planId: string,
	{ options, more }: { options: CommandOptions; more: Record<string, unknown> },
) {
	const { key, headers, body } = describeCommand(options);
	const path = planPath(planId, `/${verb}`);
	const done = await api
		.post<{ status: string }>(path, { ...body, ...more }, { headers })
		.catch((error: unknown) => {
			throw withKey(error, key);
		});
	return { command: verb, plan_id: planId, ...done, idempotency_key: key };
}

/** Without an answer the command may have had effect: the key makes a second try safe. */
export function withKey(error: unknown, key: string): unknown {
	if (!(error instanceof CliError) || error.exit !== "unreachable")
		return error;
	const remedy = `${error.remedy ?? ""}; then repeat it with --idempotency-key ${key}, so that it has effect once`;
	const { exit, message, cause, details } = error;
	return new CliError(exit, message, {
		...details,
		remedy: remedy.replace(/^; /, ""),
		cause,
		idempotency_key: key,
	});
}
