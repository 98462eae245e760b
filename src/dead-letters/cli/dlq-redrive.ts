import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { CliError } from "../../cli/cli-error.ts";
import {
	addCommandOptions,
	type CommandOptions,
	describeCommand,
} from "../../cli/command-options.ts";
import { addExamples } from "../../cli/examples.ts";
import { readJsonInput } from "../../cli/read-input.ts";
import { readRate } from "../../cli/read-options.ts";
import { renderSettled, type Settled } from "../../cli/render/dead-letter.ts";
import {
	answer,
	type CommandContext,
	type Run,
} from "../../cli/run-command.ts";
import type { RedriveProgress } from "../../domain/dead-letter.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { deadLetterPath } from "./dlq-show.ts";

interface RedriveOptions extends CommandOptions {
	body?: string;
	all?: boolean;
	topic?: string;
	reasonCode?: string;
	plan?: string;
	rate: number;
}

const LOOK_INTERVAL_MS = 500;
const DEFAULT_RATE = 10;

/** `dlq redrive`: one letter, some, or all that match. */
export function addDlqRedrive(dlq: Command, run: Run): void {
	const redrive = dlq
		.command("redrive")
		.description("send dead letters back to their topics")
		.argument("[id...]", "these letters; or --all, or a filter")
		.option("--body <file>", "send this instead, for one letter; - for stdin")
		.option("--all", "all letters that are open now")
		.option("--topic <topic>", "all open letters on this dead-letter topic")
		.option("--reason-code <code>", "all open letters that died of it")
		.option("--plan <plan-id>", "all open letters that name this plan")
		.option(
			"--rate <per-second>",
			"letters a second at most",
			readRate,
			DEFAULT_RATE,
		);
	addExamples(addCommandOptions(redrive), {
		'dlq redrive plans.consensus.dlq:0:17 --body body.json --reason "typo mended"':
			"one letter, corrected",
		'dlq redrive --reason-code LATE --rate 5 --reason "the plan runs again"':
			"all that died of it, five a second",
	}).action(
		run<RedriveOptions>(async (context, options, ids) => {
			const [id] = ids;
			if (ids.length === 1 && id !== undefined) {
				const done = await redriveOne(context, id, options);
				return answer(done, renderSettled);
			}
			const done = await redriveMany(context, ids, options);
			const isWell = done.state === "finished" && done.failed === 0;
			return answer(done, renderSettled, isWell ? "ok" : "failed");
		}),
	);
}

async function redriveOne(
	{ api, io }: CommandContext,
	id: string,
	options: RedriveOptions,
): Promise<Settled> {
	const { key, headers, body } = describeCommand(options);
	const corrected =
		options.body === undefined
			? {}
			: { body: parseJson(await readJsonInput(options.body, io)) };
	const path = deadLetterPath(id, "/redrive");
	const done = await api.post<Settled>(
		path,
		{ ...body, ...corrected },
		{ headers },
	);
	return { ...done, idempotency_key: key };
}

/** Starts a re-drive and waits for its end; the re-drive goes on in the service if this program is ended. */
async function redriveMany(
	{ api, io, progress }: CommandContext,
	ids: string[],
	options: RedriveOptions,
): Promise<Settled & RedriveProgress> {
	const { key, headers, body } = describeCommand(options);
	const { redrive_id } = await api.post<{ redrive_id: string }>(
		"/api/v1/dead-letters:redrive",
		{ ...body, ...selectionOf(ids, options), rate_per_second: options.rate },
		{ headers },
	);
	const path = `/api/v1/dead-letters/redrives/${redrive_id}`;
	for (;;) {
		const now = await api.get<RedriveProgress>(path);
		if (now.state !== "running") {
			return { redrive_id, ...now, idempotency_key: key };
		}
		progress.say(
			`re-drive ${redrive_id}: ${now.redriven} sent back, ${now.failed} failed`,
		);
		await sleep(LOOK_INTERVAL_MS, undefined, { signal: io.signal });
	}
}

function selectionOf(
	ids: string[],
	{ body, all, topic, reasonCode, plan }: RedriveOptions,
) {
	const filter = {
		...(topic !== undefined && { topic }),
		...(reasonCode !== undefined && { reason: reasonCode }),
		...(plan !== undefined && { plan_id: plan }),
	};
	const hasFilter = Object.keys(filter).length > 0;
	if (body !== undefined) {
		throw new CliError("usage", "--body is for exactly one letter", {
			remedy: "name one id",
		});
	}
	if (ids.length > 0 && !all && !hasFilter) return { ids };
	if (ids.length === 0 && (all || hasFilter)) return { filter };
	throw new CliError("usage", "which letters is not clear", {
		remedy: "name ids, or --all, or a filter: --topic, --reason-code, --plan",
	});
}
