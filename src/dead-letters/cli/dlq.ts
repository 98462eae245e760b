import type { Command } from "commander";
import type { Run } from "../../cli/run-command.ts";
import { addDlqDiscard } from "./dlq-discard.ts";
import { addDlqList } from "./dlq-list.ts";
import { addDlqRedrive } from "./dlq-redrive.ts";
import { addDlqShow } from "./dlq-show.ts";

/** `dlq …`: messages that could not be dealt with. */
export function addDlq(program: Command, run: Run): void {
	const dlq = program
		.command("dlq")
		.description("dead letters: messages that could not be dealt with");
	addDlqList(dlq, run);
	addDlqShow(dlq, run);
	addDlqRedrive(dlq, run);
	addDlqDiscard(dlq, run);
}
