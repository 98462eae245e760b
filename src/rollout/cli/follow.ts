import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { addExamples } from "../../cli/examples.ts";
import { readDuration } from "../../cli/read-options.ts";
import { renderRollout } from "../../cli/render/rollout.ts";
import { renderRolloutLine } from "../../cli/render/rollout-answers.ts";
import { printable, printableJson } from "../../cli/render/text.ts";
import {
	answer,
	type CommandContext,
	type Run,
	writeLines,
} from "../../cli/run-command.ts";
import { isOver, type Phase } from "../../domain/rollout/state.ts";
import type { RolloutView } from "../../domain/rollout/view.ts";

/** Path of a rollout, by its id or its deployment. */
export function rolloutPath(name: string, rest = ""): string {
	return `/api/v1/rollouts/${encodeURIComponent(name)}${rest}`;
}

const LOOK_MS = 1_000;
/** Exit codes of `rollout status`: scripts decide by them. */
const statusCodes = { healthy: 0, degraded: 1, paused: 2, timeout: 3 } as const;

/** `rollout get` and `rollout status`. */
export function addFollow(rollout: Command, run: Run): void {
	addExamples(
		rollout
			.command("get")
			.description("how a release stands")
			.argument("<deployment>", "or the id of a rollout")
			.option("--watch", "again and again until it is over"),
		{
			"rollout get orchestrator --watch": "follow it live",
			"rollout get orchestrator --json | jq .phase": "for programs",
		},
	).action(
		run<{ watch?: boolean }>(async (context, { watch }, [name = ""]) => {
			const view = await read(context, name);
			if (watch !== true) return answer(view, renderRollout);
			return await follow(context, view);
		}),
	);
	addExamples(
		rollout
			.command("status")
			.description(
				"exit 0 healthy, 1 degraded or cancelled, 2 paused, 3 neither yet",
			)
			.argument("<deployment>", "or the id of a rollout")
			.option("--wait", "until it is over, or waits for a person")
			.option(
				"--give-up-after <duration>",
				"wait no longer than this",
				readDuration,
			),
		{
			"rollout status orchestrator --wait --give-up-after 2h": "in a pipeline",
		},
	).action(
		run<{ wait?: boolean; giveUpAfter?: number }>(
			async (
				context,
				{ wait, giveUpAfter = Number.POSITIVE_INFINITY },
				[name = ""],
			) => {
				const untilMs = wait === true ? Date.now() + giveUpAfter : 0;
				let view = await read(context, name);
				while (codeOf(view) === statusCodes.timeout && Date.now() < untilMs) {
					await pause(context);
					view = await read(context, view.rolloutId);
				}
				context.progress.stop();
				say(context, view);
				return codeOf(view);
			},
		),
	);
}

function codeOf({ phase }: { phase: Phase }): number {
	if (phase === "Healthy") return statusCodes.healthy;
	if (phase === "Paused") return statusCodes.paused;
	return isOver(phase) ? statusCodes.degraded : statusCodes.timeout;
}

async function read(
	{ api }: CommandContext,
	name: string,
): Promise<RolloutView> {
	return await api.get<RolloutView>(rolloutPath(name));
}

async function pause({ io }: CommandContext): Promise<void> {
	await sleep(LOOK_MS, undefined, { signal: io.signal });
}

function say({ io, isJson, frame }: CommandContext, view: RolloutView): void {
	const line = isJson
		? printableJson(view)
		: renderRolloutLine(printable(view), frame());
	writeLines(io.stdout, [line]);
}

const CLEAR = "\x1b[H\x1b[2J";

/** On a terminal the picture is drawn again; else a line, or a JSON document, for every change. */
async function follow(context: CommandContext, first: RolloutView) {
	const { io, isJson, frame } = context;
	const isLive = io.stdout.isTTY === true && !isJson;
	context.progress.stop();
	let last = "";
	for (let view = first; ; view = await read(context, view.rolloutId)) {
		const { phase, pauseReason, weight, step, message } = view;
		const seen = JSON.stringify([phase, pauseReason, weight, step, message]);
		if (isLive) {
			const lines = renderRollout(printable(view), frame());
			io.stdout.write(CLEAR);
			writeLines(io.stdout, lines);
		} else if (seen !== last) say(context, view);
		last = seen;
		if (isOver(phase)) return phase === "Healthy" ? "ok" : "failed";
		await pause(context);
	}
}
