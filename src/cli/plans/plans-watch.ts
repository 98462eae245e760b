import type { Command } from "commander";
import { heightFor } from "../cli-io.ts";
import { addExamples } from "../examples.ts";
import type { ExitName } from "../exit-codes.ts";
import { printable, printableJson } from "../render/text.ts";
import { renderWatch, type WatchView } from "../render/watch.ts";
import { findChanges, renderChange } from "../render/watched-changes.ts";
import { type CommandContext, type Run, writeLines } from "../run-command.ts";
import { exitOfPlan } from "./follow-plan.ts";
import { openLiveScreen } from "./live-screen.ts";
import { observePlan } from "./observe-plan.ts";
import { addWaitLimit, type WaitOptions, withinLimit } from "./wait-limit.ts";

interface WatchOptions extends WaitOptions {
	plain?: boolean;
}

/** Times go on between two looks. */
const REDRAW_MS = 1_000;

/** `plans watch`. */
export function addPlansWatch(plans: Command, run: Run): void {
	const watch = plans
		.command("watch")
		.description("follow a plan live until it has ended")
		.argument("<plan-id>")
		.option("--plain", "a line for every change, on a terminal too");
	addExamples(addWaitLimit(watch), {
		"plans watch deploy-42":
			"graph and progress, failed and slowest first; exit 1 unless it succeeds",
		"plans watch deploy-42 --json | jq -r 'select(.kind == \"task\") | .task_id'":
			"a JSON line for every change",
	}).action(
		run<WatchOptions>(
			async (context, { plain, giveUpAfter }, [planId = ""]) => {
				const { isJson, io } = context;
				const isLive = io.stdout.isTTY === true && !isJson && !plain;
				const watchIt = isLive ? watchLive : watchPlain;
				return await withinLimit(context, giveUpAfter, (limited) =>
					watchIt(limited, planId),
				);
			},
		),
	);
}

/** On a terminal; its last view stays when it is left. */
async function watchLive(
	context: CommandContext,
	planId: string,
): Promise<ExitName> {
	const { io, frame } = context;
	const views = observePlan(context, planId);
	const first = await views.next();
	context.progress.stop();
	if (first.done) return "failed";
	let view = printable(first.value);
	const screen = openLiveScreen(io);
	const draw = () => screen.draw(renderWatch(view, frame(), heightFor(io)));
	const redraw = setInterval(draw, REDRAW_MS);
	try {
		draw();
		for await (const next of views) {
			view = printable(next);
			draw();
		}
	} finally {
		clearInterval(redraw);
		screen.close();
		writeLines(io.stdout, renderWatch(view, frame(), heightFor(io) - 1));
	}
	return exitOfPlan(view.plan.status);
}

/** A line for every change. */
async function watchPlain(
	context: CommandContext,
	planId: string,
): Promise<ExitName> {
	const { io, frame, isJson, progress } = context;
	let before: WatchView | undefined;
	for await (const view of observePlan(context, planId)) {
		progress.stop();
		const changes = findChanges(before, view);
		const lines = changes.map((change) =>
			isJson
				? printableJson({ at: Date.now(), ...change })
				: renderChange(printable(change), frame()),
		);
		writeLines(io.stdout, lines);
		before = view;
	}
	return before === undefined ? "failed" : exitOfPlan(before.plan.status);
}
