import type { Command } from "commander";
import { planPath } from "../api/client.ts";
import { CliError } from "../cli-error.ts";
import {
	addCommandOptions,
	type CommandOptions,
	describeCommand,
} from "../command-options.ts";
import { renderAcknowledgement } from "../render/acknowledge.ts";
import { answer, type CommandContext, type Run } from "../run-command.ts";

/** What a command on a plan takes beside who and why. */
export interface PlanCommandSpec<O> {
	verb: string;
	description: string;
	/** Adds the command's own arguments and options, and its examples. */
	extend(command: Command): Command;
	/** Its own fields of the body. */
	body?(options: O, args: string[]): Record<string, unknown>;
}

/** Adds `plans <verb> <plan-id> --reason <text>`. */
export function addPlanCommand<O extends object>(
	plans: Command,
	run: Run,
	{ verb, description, extend, body }: PlanCommandSpec<O>,
): void {
	const command = plans
		.command(verb)
		.description(description)
		.argument("<plan-id>");
	extend(addCommandOptions(command)).action(
		run<O & CommandOptions>(async (context, options, [planId = "", ...rest]) =>
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
