import { type Command, Option } from "commander";
import { type RetentionName, retentionNames } from "../domain/retention.ts";
import {
	addCommandOptions,
	type CommandOptions,
	describeCommand,
} from "./command-options.ts";
import { addExamples } from "./examples.ts";
import { readMoment } from "./read-options.ts";
import { renderPurge } from "./render/purge.ts";
import { answer, type Run } from "./run-command.ts";

interface PurgeOptions extends CommandOptions {
	before: number;
	only: RetentionName[];
	dryRun?: boolean;
}

/** `purge`: works directly on MongoDB and Temporal, independent of the RETENTION_ settings. */
export function addPurge(program: Command, run: Run): void {
	const purge = program
		.command("purge")
		.description(
			"take away for good what ended before; nothing that is open, nor plans whose run Temporal still has",
		)
		.requiredOption(
			"--before <time>",
			"what ended before: 2026-11-21T10:00:00Z, or how long ago, 90d",
			readMoment,
		)
		.addOption(
			new Option("--only <what...>", "these kinds; default: all")
				.choices([...retentionNames])
				.default([...retentionNames], "all"),
		)
		.option("--dry-run", "count what would go, and leave it");
	addExamples(addCommandOptions(purge), {
		'purge --before 365d --dry-run --reason "what would go?"':
			"how many documents of each collection",
		'purge --before 2026-01-01T00:00:00Z --reason "policy 7"':
			"plans with their audit trails, decisions, dead letters",
		'purge --before 30d --only dead_letters --reason "looked through"':
			"dead letters, open ones too",
	}).action(
		run<PurgeOptions>(async (context, options) => {
			const { purgeHere } = await import("./local/purge.ts");
			const report = await purgeHere(context, {
				...describeCommand(options).body,
				beforeMs: options.before,
				names: retentionNames.filter((name) => options.only.includes(name)),
				isDryRun: options.dryRun === true,
			});
			return answer(report, renderPurge);
		}),
	);
}
