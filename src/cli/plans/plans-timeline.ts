import type { Command } from "commander";
import { planPath } from "../api/client.ts";
import { addExamples } from "../examples.ts";
import { readCount } from "../read-options.ts";
import { renderTimeline, type TimelinePage } from "../render/timeline.ts";
import { answer, type CommandContext, type Run } from "../run-command.ts";

interface TimelineOptions {
	limit: number;
	cursor?: string;
	all?: boolean;
}

/** The largest page the service gives. */
const LARGEST_PAGE = 500;

/** `plans timeline`. */
export function addPlansTimeline(plans: Command, run: Run): void {
	const timeline = plans
		.command("timeline")
		.description("what happened to a plan, oldest first")
		.argument("<plan-id>")
		.option("--limit <count>", "events a page", readCount, 200)
		.option("--cursor <cursor>", "where the page before ended")
		.option("--all", "every event");
	addExamples(timeline, {
		"plans timeline deploy-42":
			"steps, commands, attempts and ends, with times",
	}).action(
		run<TimelineOptions>(async (context, options, [planId = ""]) =>
			answer(await readEvents(context, planId, options), renderTimeline),
		),
	);
}

async function readEvents(
	{ api, progress }: CommandContext,
	planId: string,
	{ limit, cursor, all }: TimelineOptions,
): Promise<TimelinePage> {
	const read = (after: string | undefined) =>
		api.get<TimelinePage>(planPath(planId, "/timeline"), {
			limit: all ? LARGEST_PAGE : limit,
			cursor: after,
		});
	const page = await read(cursor);
	const events = [...page.events];
	let next = page.next_cursor;
	while (all && next !== null) {
		progress.say(`reading the timeline, ${events.length} events so far`);
		const more = await read(next);
		events.push(...more.events);
		next = more.next_cursor;
	}
	return { ...page, events, next_cursor: next };
}
