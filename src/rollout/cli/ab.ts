import { setTimeout as sleep } from "node:timers/promises";
import { type Command, Option } from "commander";
import type { ApiClient } from "../../cli/api/client.ts";
import { CliError } from "../../cli/cli-error.ts";
import { describeCommand } from "../../cli/command-options.ts";
import { addExamples } from "../../cli/examples.ts";
import { readRate } from "../../cli/read-options.ts";
import {
	type AbAdvice,
	renderAbAdvice,
	renderAbReport,
} from "../../cli/render/ab.ts";
import type { SplitAnswer } from "../../cli/render/routing.ts";
import { answer, type Run, writeJson } from "../../cli/run-command.ts";
import {
	abReport,
	type OutcomeReport,
	recommendSplit,
} from "../../domain/rollout/ab-report.ts";

const SPLIT = "/api/v1/routing/split";
/** A process reads the split each second. */
const IN_FORCE_MS = 5_000;
const POLL_MS = 200;

interface CollectOptions {
	hours: number;
	output: "text" | "json";
}
interface OptimizeOptions {
	hours: number;
	apply?: boolean;
	dryRun?: boolean;
	actor?: string;
}

/** `ab …`: V1 against V2. */
export function addAb(program: Command, run: Run): void {
	const ab = program
		.command("ab")
		.description(
			"V1 against V2: how plans ended, and which share V2 should get",
		);
	const collect = ab
		.command("collect")
		.description("how plans ended under V1 and V2")
		.addOption(hours(24))
		.addOption(
			new Option("--output <form>", "text, or JSON with the same figures")
				.choices(["text", "json"])
				.default("text"),
		);
	addExamples(collect, {
		"ab collect --hours 4": "of the last four hours",
		"ab collect --output json | jq .comparison": "for programs",
	}).action(
		run<CollectOptions>(async ({ api, io }, options) => {
			const report = abReport(await readOutcomes(api, options.hours));
			if (options.output === "text") return answer(report, renderAbReport);
			writeJson(io, report);
			return "ok";
		}),
	);
	const optimize = ab
		.command("optimize")
		.description("which share of the plans V2 should get, by how they ended")
		.addOption(hours(6))
		.option("--apply", "set it, and see that it is in force")
		.option("--dry-run", "show what --apply would change, and change nothing")
		.option(
			"--actor <name>",
			"who asks, where the service knows nobody (default: your login name)",
		);
	addExamples(optimize, {
		"ab optimize": "what the outcomes recommend, and why",
		"ab optimize --hours 24 --apply": "do it",
	}).action(
		run<OptimizeOptions>(async ({ api }, options) => {
			if (options.apply && options.dryRun)
				throw new CliError("usage", "--apply changes and --dry-run does not", {
					remedy: "give one of them",
				});
			return answer(await optimizeSplit(api, options), renderAbAdvice);
		}),
	);
}

function hours(preset: number): Option {
	return new Option("--hours <number>", "how far back")
		.argParser(readRate)
		.default(preset);
}

async function readOutcomes(
	api: ApiClient,
	back: number,
): Promise<OutcomeReport> {
	return await api.get("/api/v1/outcomes", { by: "version", hours: back });
}

async function optimizeSplit(
	api: ApiClient,
	options: OptimizeOptions,
): Promise<AbAdvice> {
	const [report, before] = await Promise.all([
		readOutcomes(api, options.hours),
		api.get<SplitAnswer>(SPLIT),
	]);
	const advice = recommendSplit(report, before.split);
	const none = typeof advice === "string";
	const found = {
		hours: options.hours,
		current: before.split.percentage,
		recommendations: none ? [] : [advice],
		why_none: none ? advice : null,
		mode: modeOf(options),
	};
	if (none || !options.apply) return { ...found, applied: null };
	const { body } = describeCommand({
		reason: `ab optimize: ${advice.reason}`.slice(0, 1_000),
		...(options.actor !== undefined && { actor: options.actor }),
	});
	const change = {
		expected_revision: before.revision,
		percentage: advice.suggested,
	};
	const { revision } = await api.put<SplitAnswer>(SPLIT, {
		...change,
		...body,
	});
	const applied = await untilInForce(api, revision);
	return { ...found, applied };
}

function modeOf({ apply, dryRun }: OptimizeOptions): AbAdvice["mode"] {
	if (apply) return "apply";
	return dryRun ? "dry-run" : "show";
}

/** Resolves when the process that answers decides by the revision, or by a newer one. */
async function untilInForce(
	api: ApiClient,
	revision: number,
): Promise<NonNullable<AbAdvice["applied"]>> {
	const endAtMs = Date.now() + IN_FORCE_MS;
	for (;;) {
		const { in_force, split } = await api.get<SplitAnswer>(SPLIT);
		if (in_force.revision >= revision)
			return { revision: in_force.revision, percentage: split.percentage };
		if (Date.now() > endAtMs)
			throw new CliError(
				"failed",
				`revision ${revision} of the split is stored and not in force: this process decides by ${in_force.revision}`,
				{ remedy: "GET /health says whether it can read MongoDB" },
			);
		await sleep(POLL_MS);
	}
}
