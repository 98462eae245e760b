import type { Command } from "commander";
import { addExamples } from "../../cli/examples.ts";
import {
	type DeadLetterView,
	renderDeadLetter,
} from "../../cli/render/dead-letter.ts";
import { answer, type Run } from "../../cli/run-command.ts";

/** `dlq show`. */
export function addDlqShow(dlq: Command, run: Run): void {
	const show = dlq
		.command("show")
		.description("one dead letter: the fault, the message, what to do")
		.argument("<id>", "<topic>:<partition>:<offset>");
	addExamples(show, {
		"dlq show plans.consensus.dlq:0:17": "why it died and how to mend it",
		"dlq show plans.consensus.dlq:0:17 --json | jq .decoded > body.json":
			"the message, to be corrected and sent back with dlq redrive --body",
	}).action(
		run(async ({ api }, _options, [id = ""]) =>
			answer(
				await api.get<DeadLetterView>(deadLetterPath(id)),
				renderDeadLetter,
			),
		),
	);
}

/** The path of one dead letter's own routes. */
export function deadLetterPath(id: string, rest = ""): string {
	return `/api/v1/dead-letters/${encodeURIComponent(id)}${rest}`;
}
