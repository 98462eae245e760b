import { type Command, InvalidArgumentError, Option } from "commander";
import { CliError } from "../../cli/cli-error.ts";
import {
	addCommandOptions,
	type CommandOptions,
	describeCommand,
} from "../../cli/command-options.ts";
import { addExamples } from "../../cli/examples.ts";
import { renderSplit, type SplitAnswer } from "../../cli/render/routing.ts";
import { answer, type Run } from "../../cli/run-command.ts";
import type { VersionSplit } from "../../domain/rollout/routing.ts";

const SPLIT = "/api/v1/routing/split";

interface SetOptions extends CommandOptions {
	percentage?: number;
	enable?: boolean;
	disable?: boolean;
	stickyBy?: VersionSplit["sticky_by"];
	salt?: string;
	allow?: string[];
	deny?: string[];
	expect?: number;
}

/** `routing …`: the split between V1 and V2. */
export function addRouting(program: Command, run: Run): void {
	const routing = program
		.command("routing")
		.description("which share of the plans runs under V2");
	addExamples(
		routing.command("get").description("the share, who set it, and since when"),
		{ "routing get": "what is in force" },
	).action(
		run(async ({ api }) =>
			answer(await api.get<SplitAnswer>(SPLIT), renderSplit),
		),
	);
	const set = routing
		.command("set")
		.description("change it at run time; what is not named stays")
		.option("--percentage <number>", "V2's share, 0 to 100", readPercentage)
		.option("--enable", "V2 gets its share")
		.option("--disable", "V2 gets no plan that does not name it")
		.addOption(
			new Option("--sticky-by <key>", "whose bucket decides").choices([
				...(["plan", "tenant", "domain"] as const),
			]),
		)
		.option("--salt <text>", "another salt draws another cohort")
		.option(
			"--allow <keys>",
			"always under V2, by commas; '' for none",
			readKeys,
		)
		.option("--deny <keys>", "never under V2, by commas; '' for none", readKeys)
		.option(
			"--expect <revision>",
			"refused when it is another one by now (default: the newest)",
			readRevision,
		);
	addExamples(addCommandOptions(set), {
		'routing set --percentage 25 --reason "quiet week"':
			"a quarter runs under V2",
		'routing set --disable --reason "incident 42"': "all new plans under V1",
	}).action(
		run<SetOptions>(async ({ api }, options) => {
			const change = changeOf(options);
			if (Object.keys(change).length === 0)
				throw new CliError("usage", "there is nothing to change", {
					remedy: "name what, for example --percentage 25",
				});
			const { headers, body } = describeCommand(options);
			const expected_revision =
				options.expect ?? (await api.get<SplitAnswer>(SPLIT)).revision;
			const asked = { expected_revision, ...change, ...body };
			const set = await api.put<SplitAnswer>(SPLIT, asked, { headers });
			return answer(set, renderSplit);
		}),
	);
}

function changeOf(options: SetOptions): Partial<VersionSplit> {
	const { percentage, enable, disable, stickyBy, salt, allow, deny } = options;
	if (enable && disable)
		throw new CliError("usage", "--enable and --disable contradict each other");
	return {
		...(percentage !== undefined && { percentage }),
		...((enable || disable) && { enabled: enable === true }),
		...(stickyBy !== undefined && { sticky_by: stickyBy }),
		...(salt !== undefined && { salt }),
		...(allow !== undefined && { allow }),
		...(deny !== undefined && { deny }),
	};
}

function readPercentage(text: string): number {
	const number = Number(text);
	if (text.trim() === "" || !(number >= 0 && number <= 100))
		throw new InvalidArgumentError("It is a number from 0 to 100.");
	return number;
}

function readRevision(text: string): number {
	if (!/^\d{1,9}$/.test(text))
		throw new InvalidArgumentError("It is a whole number from 0 on.");
	return Number(text);
}

function readKeys(text: string): string[] {
	return text.split(",").flatMap((key) => key.trim() || []);
}
