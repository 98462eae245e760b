import { type Command, Option } from "commander";
import { addExamples } from "../../cli/examples.ts";
import { readCount } from "../../cli/read-options.ts";
import {
	type DeadLetterPage,
	renderDeadLetters,
} from "../../cli/render/dead-letters.ts";
import { answer, type Run } from "../../cli/run-command.ts";
import { deadLetterStates } from "../../domain/dead-letter.ts";

interface ListOptions {
	topic?: string;
	reasonCode?: string;
	plan?: string;
	state?: string;
	limit: number;
	cursor?: string;
}

/** `dlq list`. */
export function addDlqList(dlq: Command, run: Run): void {
	const list = dlq
		.command("list")
		.description("dead letters, newest first")
		.addOption(
			new Option("--state <state>", "only letters in this state").choices(
				deadLetterStates,
			),
		)
		.option("--topic <topic>", "only letters on this dead-letter topic")
		.option(
			"--reason-code <code>",
			"only letters that died of it: MESSAGE_INVALID",
		)
		.option("--plan <plan-id>", "only letters that name this plan")
		.option("--limit <count>", "letters a page", readCount, 50)
		.option("--cursor <cursor>", "where the page before ended");
	addExamples(list, {
		"dlq list --state open": "what nobody has dealt with yet",
	}).action(
		run<ListOptions>(async ({ api }, options) => {
			const { topic, reasonCode, plan, state, limit, cursor } = options;
			const query = {
				topic,
				reason: reasonCode,
				plan_id: plan,
				state,
				limit,
				cursor,
			};
			const page = await api.get<DeadLetterPage>("/api/v1/dead-letters", query);
			return answer(page, renderDeadLetters);
		}),
	);
}
