import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { readDuration } from "../read-options.ts";
import type { CommandContext } from "../run-command.ts";

export interface WaitOptions {
	giveUpAfter?: number;
}

/** Adds the option of commands that wait for a plan's end. */
export function addWaitLimit(command: Command): Command {
	return command.option(
		"--give-up-after <duration>",
		"wait no longer than this; the plan goes on (default: wait for ever)",
		readDuration,
	);
}

/** Does the work within the time that was given for waiting; rejects with `timedOut` when it is over. */
export async function withinLimit<T>(
	context: CommandContext,
	limitMs: number | undefined,
	work: (context: CommandContext) => Promise<T>,
): Promise<T> {
	if (limitMs === undefined) return await work(context);
	const limit = AbortSignal.timeout(limitMs);
	const { signal } = context.io;
	const io = { ...context.io, signal: AbortSignal.any([signal, limit]) };
	try {
		return await work({ ...context, io });
	} catch (error) {
		if (!limit.aborted || signal.aborted) throw error;
		throw new CliError(
			"timedOut",
			`timeout: no end within ${limitMs / 1_000} s`,
			{
				remedy:
					"the plan goes on: `orchestrator plans why` says what it waits for",
				cause: error,
			},
		);
	}
}
