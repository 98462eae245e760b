import type { Command } from "commander";
import {
	addCommandOptions,
	type CommandOptions,
	describeCommand,
} from "../../cli/command-options.ts";
import { addExamples } from "../../cli/examples.ts";
import { renderSettled, type Settled } from "../../cli/render/dead-letter.ts";
import { answer, type Run } from "../../cli/run-command.ts";
import { deadLetterPath } from "./dlq-show.ts";

/** `dlq discard`. */
export function addDlqDiscard(dlq: Command, run: Run): void {
	const discard = dlq
		.command("discard")
		.description("close a dead letter without sending it back")
		.argument("<id>");
	addExamples(addCommandOptions(discard), {
		'dlq discard plans.consensus.dlq:0:17 --reason "a test message"':
			"it stays to be seen, as discarded",
	}).action(
		run<CommandOptions>(async ({ api }, options, [id = ""]) => {
			const { key, headers, body } = describeCommand(options);
			const path = deadLetterPath(id, "/discard");
			const done = await api.post<Settled>(path, body, { headers });
			return answer({ ...done, idempotency_key: key }, renderSettled);
		}),
	);
}
