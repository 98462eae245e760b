import type { StepName } from "../../domain/documents.ts";
import { stepWords } from "../../domain/plan-steps.ts";
import { describeCritical, describeNeeds, timeOf } from "./dag.ts";
import type { GraphView, NodeView } from "./graph-view.ts";
import { type Piece, renderLine, widthOfPieces } from "./line.ts";
import {
	countPieces,
	countStates,
	nodeStates,
	renderStateBar,
	stateWord,
} from "./node-states.ts";
import type { Frame } from "./paint.ts";
import type { PlanView } from "./plan.ts";
import { count, fit, pad, widthOf } from "./text.ts";
import { renderDuration, renderRelative } from "./time.ts";
import { signOf, withSymbol } from "./words.ts";

/** All there is to see of a plan at one moment. */
export interface WatchView {
	plan: PlanView;
	graph: GraphView;
	/** The plan's wait, as a sentence. */
	why: string | undefined;
	/** Something about the watching itself: the service does not answer, for example. */
	notice: string | undefined;
}

const BAR_WIDTH = 30;
const LEVEL_BAR_WIDTH = 16;
/** The number of shown tasks that are neither failed nor running. */
const LEAST_TABLE_LINES = 3;

/**
 * The live view in exactly as many lines as there are at most: head, progress, the graph level by
 * level around where the work is, then single tasks, failed first and slowest first.
 */
export function renderWatch(
	view: WatchView,
	frame: Frame,
	height: number,
): string[] {
	const head = renderHead(view, frame);
	const room = Math.max(0, height - head.length);
	const tasks = orderTasks(view.graph.nodes);
	const wanted = Math.max(
		LEAST_TABLE_LINES,
		Math.min(tasks.length + 1, Math.floor(room / 2)),
	);
	const levels = renderLevels(view.graph.levels, frame, room - wanted);
	const lines = [
		...head,
		...levels,
		...renderTasks(tasks, frame, room - levels.length),
	];
	return lines.slice(0, height);
}

function renderHead(
	{ plan, graph, why, notice }: WatchView,
	frame: Frame,
): string[] {
	const { width, nowMs } = frame;
	const took = renderDuration((plan.finished_at ?? nowMs) - plan.created_at);
	const step =
		plan.current_step === null
			? ""
			: `  ${plan.current_step} ${describeCurrent(plan.current_step)}`;
	const deadline =
		plan.sla_deadline === null || plan.finished_at !== null
			? ""
			: `  deadline ${renderRelative(plan.sla_deadline, nowMs)}`;
	const all = graph.nodes.length;
	const done = graph.counts.get("completed") ?? 0;
	const percent = all === 0 ? 0 : Math.floor((done / all) * 100);
	const barWidth = Math.min(BAR_WIDTH, Math.floor(width / 3));
	const bar = renderStateBar(graph.counts, barWidth, frame.paint);
	const line = (...pieces: Piece[]) => renderLine(pieces, frame);
	const progress = `${bar} ${percent} % of ${count(all, "task")}`;
	const counts = countPieces(graph.counts);
	const isShort = widthOfPieces(counts) + barWidth + 20 <= width;
	const critical =
		plan.finished_at === null && graph.critical !== null
			? describeCritical(graph.critical, { ...frame, width: 10_000 })
			: [];
	return [
		line(
			[plan.plan_id, "strong"],
			[`  ${withSymbol(plan.status)}`, signOf(plan.status).tone],
			[`  ${took}`],
			[deadline, "dim"],
			[step, "dim"],
		),
		...(isShort
			? [`${progress}  ${line(...counts)}`]
			: [progress, line(...counts)]),
		...critical.map((text) => line([text, "dim"])),
		...(why === undefined ? [] : [line([why])]),
		...(notice === undefined ? [] : [line([`! ${notice}`, "waiting"])]),
		"",
	];
}

/** Between two batches of tickets the plan is at C4. */
function describeCurrent(step: StepName): string {
	const seen = step === "C4" ? " and see them executed" : "";
	return `${stepWords[step]}${seen}`;
}

/** The levels around the present work; omitted levels above and below are counted in words. */
function renderLevels(
	levels: readonly (readonly NodeView[])[],
	frame: Frame,
	room: number,
): string[] {
	if (room < 2) return [];
	const numberWidth = String(levels.length).length;
	const isDone = (level: readonly NodeView[]) =>
		level.every(({ state }) => state === "completed");
	// The blank line below counts.
	const most = room - 1;
	const rows = levels.map((level, depth) => ({ level, depth }));
	if (rows.length <= most) {
		return [...rows.map((row) => renderLevel(row, numberWidth, frame)), ""];
	}
	const window = Math.max(1, most - 2);
	const work = rows.findIndex(({ level }) => !isDone(level));
	const active = work === -1 ? rows.length - window : work;
	const from = Math.max(0, Math.min(active - 1, rows.length - window));
	const below = rows.length - from - window;
	const dim = (text: string) => renderLine([[text, "dim"]], frame);
	return [
		...(from > 0 ? [dim(`… ${from} levels above`)] : []),
		...rows
			.slice(from, from + window)
			.map((row) => renderLevel(row, numberWidth, frame)),
		...(below > 0 ? [dim(`… ${below} levels below`)] : []),
		"",
	];
}

/** Every node with its symbol where there is room, else a bar and numbers. */
function renderLevel(
	{ level, depth }: { level: readonly NodeView[]; depth: number },
	numberWidth: number,
	frame: Frame,
): string {
	const number: Piece = [
		`${pad(String(depth + 1), numberWidth, "right")}  `,
		"dim",
	];
	const chips = level.map(({ task_id, state }): Piece => {
		const { symbol, tone } = signOf(state);
		return [`${symbol} ${task_id}`, tone];
	});
	const needed = chips.reduce(
		(sum, [text]) => sum + widthOf(text) + 2,
		numberWidth,
	);
	if (needed <= frame.width) {
		const pieces = chips.flatMap((chip): Piece[] => [["  "], chip]);
		return renderLine([number, ...pieces.slice(1)], frame);
	}
	const counts = countStates(level);
	const bar = renderStateBar(counts, LEVEL_BAR_WIDTH, frame.paint);
	const rest = frame.width - numberWidth - 2 - LEVEL_BAR_WIDTH;
	return (
		renderLine([number], frame) +
		bar +
		renderLine([[" "], ...countPieces(counts)], { ...frame, width: rest })
	);
}

/** Failed tasks first, then running ones, slowest first, then the next ones; done tasks are not repeated. */
function orderTasks(nodes: readonly NodeView[]): NodeView[] {
	const rank = new Map(nodeStates.map((state, at) => [state, at]));
	return nodes
		.filter(({ state }) => state !== "completed")
		.sort(
			(a, b) =>
				(rank.get(a.state) ?? 0) - (rank.get(b.state) ?? 0) ||
				(a.since_ms ?? 0) - (b.since_ms ?? 0) ||
				a.depth - b.depth,
		);
}

function renderTasks(
	tasks: readonly NodeView[],
	frame: Frame,
	room: number,
): string[] {
	if (room < 1 || tasks.length === 0) return [];
	const shown = tasks.slice(0, tasks.length <= room ? room : room - 1);
	const nameWidth = Math.min(
		40,
		shown.reduce((most, { task_id }) => Math.max(most, widthOf(task_id)), 0),
	);
	const rest = tasks.length - shown.length;
	return [
		...shown.map((node) => renderTask(node, nameWidth, frame)),
		...(rest > 0
			? [
					renderLine(
						[
							[`… ${rest} more: `, "dim"],
							...countPieces(countStates(tasks.slice(shown.length))),
						],
						frame,
					),
				]
			: []),
	];
}

function renderTask(node: NodeView, nameWidth: number, frame: Frame): string {
	const { symbol, tone } = signOf(node.state);
	const attempt = node.attempt > 1 ? `attempt ${node.attempt}  ` : "";
	const about = node.error ?? node.agent_id ?? describeNeeds(node.needs);
	return renderLine(
		[
			[pad(`${symbol} ${stateWord(node.state)}`, 12), tone],
			[" "],
			[
				pad(fit(node.task_id, nameWidth), nameWidth),
				node.is_critical ? "strong" : undefined,
			],
			[`  ${pad(timeOf(node, frame.nowMs), 9, "right")}  `],
			[attempt, "waiting"],
			[about.replace(/\s+/g, " "), node.error === null ? "dim" : "bad"],
		],
		frame,
	).trimEnd();
}
