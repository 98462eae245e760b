import type { TimelineEvent } from "../../domain/timeline-event.ts";
import type { Frame, Tone } from "./paint.ts";
import { sourceNote } from "./plan-list.ts";
import { pad, wrap } from "./text.ts";
import { renderDuration, renderTime } from "./time.ts";

/** A page of a plan's timeline as the API answers it. */
export interface TimelinePage {
	events: TimelineEvent[];
	next_cursor: string | null;
	complete?: boolean;
	read_source?: string;
}

const OFFSET_WIDTH = 11;

/** The events, oldest first: time, delay since the first event, and text. */
export function renderTimeline(page: TimelinePage, frame: Frame): string[] {
	const { events, next_cursor, complete = true } = page;
	const { paint, width } = frame;
	const [first] = events;
	if (first === undefined) return ["nothing has happened yet"];
	const lines = events.flatMap((event) => {
		const offset = `+${renderDuration(event.at - first.at)}`;
		const lead = `${renderTime(event.at)} ${pad(offset, OFFSET_WIDTH, "right")}  `;
		const [head = "", ...more] = wrap(
			event.summary,
			Math.max(20, width - lead.length),
		);
		const tone = toneOf(event);
		return [
			paint("dim", lead) + paint(tone, head),
			...more.map((line) => " ".repeat(lead.length) + paint(tone, line)),
		];
	});
	if (next_cursor !== null) {
		lines.push(paint("dim", `more: --cursor ${next_cursor}, or --all`));
	}
	if (!complete)
		lines.push(
			paint(
				"waiting",
				"! what tickets did before a rerun replaced them is not shown: MongoDB is away",
			),
		);
	return [...lines, ...sourceNote(page.read_source, frame)];
}

function toneOf({ kind, details }: TimelineEvent): Tone | undefined {
	if (kind === "attempt.failed" || kind.endsWith(".retried")) return "waiting";
	if (kind === "command") return "strong";
	if (kind === "ticket.finished" || kind === "compensation.finished") {
		if (details.outcome === "completed") return "good";
		return details.outcome === "cancelled" ? "dim" : "bad";
	}
	if (kind === "plan.finished") {
		return details.status === "SUCCESS" ? "good" : "bad";
	}
	return undefined;
}
