import { stepWords } from "../../domain/plan-steps.ts";
import type {
	Spending,
	SpentTime,
	Stretch,
} from "../../domain/trace/spent-time.ts";
import { renderBar } from "./bar.ts";
import type { Frame, Tone } from "./paint.ts";
import { sourceNote } from "./plan-list.ts";
import { renderTable } from "./table.ts";
import { count, pad } from "./text.ts";
import { renderDuration } from "./time.ts";
import { signOf, withSymbol } from "./words.ts";

/** A plan's time as the API answers it. */
export interface PlanTraceAnswer extends SpentTime {
	plan_id: string;
	trace_id?: string | null;
	trace_url?: string | null;
	read_source?: string;
}

const words: Record<Spending, { text: string; tone?: Tone }> = {
	steps: { text: "steps of the service" },
	approval: { text: "waiting for approval", tone: "waiting" },
	dispatch: { text: "waiting to be sent out", tone: "waiting" },
	queue: { text: "waiting for a worker", tone: "waiting" },
	running: { text: "running", tone: "good" },
	retry: { text: "failed attempts and retries", tone: "bad" },
	unanswered: { text: "no answer from a worker", tone: "bad" },
	compensation: { text: "undoing", tone: "bad" },
};
const WORDS_WIDTH = 27;
const BAR_WIDTH = 24;

/** Sums by what the time was spent on, then the critical path. */
export function renderTrace(trace: PlanTraceAnswer, frame: Frame): string[] {
	const { paint } = frame;
	const { plan_id, status, ended_at, total_ms, spent } = trace;
	const { attempts, retries, trace_id, trace_url } = trace;
	const so = ended_at === null ? "so far" : "in all";
	const tried = `${count(attempts, "attempt")}${retries > 0 ? `, ${retries} of them again` : ""}`;
	return [
		`${paint("strong", plan_id)}  ${paint(signOf(status).tone, withSymbol(status))}  ${renderDuration(total_ms)} ${so}, ${tried}`,
		...(trace_id ? [`trace ${trace_id}`] : []),
		...(trace_url ? [trace_url] : []),
		"",
		paint("dim", "where the time went"),
		...spent.map((one) => renderSum(one, total_ms, frame)),
		"",
		paint("dim", "critical path: what the end waited for"),
		...renderPath(trace, frame),
		...sourceNote(trace.read_source, frame),
	];
}

function renderSum(
	{ what, ms }: SpentTime["spent"][number],
	totalMs: number,
	{ paint, width }: Frame,
): string {
	const { text, tone } = words[what];
	const share = `${Math.round((ms / totalMs) * 100)} %`;
	const lead = `  ${pad(text, WORDS_WIDTH)}  ${pad(renderDuration(ms), 10, "right")}  ${pad(share, 5, "right")}`;
	if (width < lead.length + 2 + BAR_WIDTH) return lead;
	const bar = renderBar(
		[
			{ count: ms, tone, fill: "█" },
			{ count: totalMs - ms, tone: "dim", fill: "░" },
		],
		BAR_WIDTH,
		paint,
	);
	return `${lead}  ${bar}`;
}

function renderPath(trace: PlanTraceAnswer, frame: Frame): string[] {
	const { critical_path, critical_path_length, started_at } = trace;
	const left = critical_path_length - critical_path.length;
	return [
		...renderTable<Stretch>(
			[
				{
					title: "AFTER",
					align: "right",
					text: ({ from }) => renderDuration(from - started_at),
				},
				{
					title: "TOOK",
					align: "right",
					text: ({ from, to }) => renderDuration(to - from),
				},
				{
					title: "WHAT",
					text: ({ what }) => words[what].text,
					tone: ({ what }) => words[what].tone,
				},
				{ title: "OF", flexible: true, text: subjectOf },
			],
			critical_path,
			frame,
			"  ",
		),
		...(left > 0
			? [frame.paint("dim", `  … and ${left} shorter ones: --limit`)]
			: []),
	];
}

function subjectOf({
	what,
	step,
	task_id,
	attempt,
	agent_id,
}: Stretch): string {
	if (step !== undefined) return `${step}, ${stepWords[step]}`;
	if (task_id === undefined)
		return what === "approval" ? "a person" : "the plan";
	const nth = attempt === undefined ? "" : `, attempt ${attempt}`;
	return `${task_id}${nth}${agent_id ? ` on ${agent_id}` : ""}`;
}
