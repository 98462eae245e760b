import { type GraphAnswer, type NodeView, viewGraph } from "./graph-view.ts";
import { type Piece, renderLine } from "./line.ts";
import { countPieces, countStates, stateWord } from "./node-states.ts";
import type { Frame } from "./paint.ts";
import { sourceNote } from "./plan-list.ts";
import { renderTable } from "./table.ts";
import { fit, wrap } from "./text.ts";
import { renderDuration } from "./time.ts";
import { signOf } from "./words.ts";

/** Nodes of one level shown unless all are asked for. */
const MOST_PER_LEVEL = 20;
/** The longest list of names in a line. */
const MOST_NAMES_WIDTH = 60;

/** The graph level by level: each node with its state, time and dependencies. */
export function renderDag(
	graph: GraphAnswer,
	frame: Frame,
	{ all = false }: { all?: boolean } = {},
): string[] {
	const { nodes, levels, counts, critical } = viewGraph(graph);
	if (nodes.length === 0) return ["the plan has no tasks"];
	const most = all ? Number.POSITIVE_INFINITY : MOST_PER_LEVEL;
	return [
		renderLine(countPieces(counts), frame),
		...(critical === null ? [] : describeCritical(critical, frame)),
		...levels.flatMap((level, depth) => renderLevel(level, depth, most, frame)),
		...sourceNote(graph.read_source, frame),
	];
}

/** `critical path, about 12 s left: build → deploy`. */
export function describeCritical(
	{ task_ids, remaining_ms }: { task_ids: string[]; remaining_ms: number },
	{ width }: Frame,
): string[] {
	const names =
		task_ids.length > 12
			? [...task_ids.slice(0, 5), "…", ...task_ids.slice(-5)]
			: task_ids;
	const left =
		remaining_ms > 0 ? `, about ${renderDuration(remaining_ms)} left` : "";
	return wrap(`critical path${left}: ${names.join(" → ")}`, width, "  ");
}

function renderLevel(
	level: readonly NodeView[],
	depth: number,
	most: number,
	frame: Frame,
): string[] {
	const shown = level.slice(0, most);
	const rest = level.slice(most);
	const heading: Piece[] = [
		[`level ${depth + 1}`, "strong"],
		...(level.length > 1
			? ([[`  ${level.length} tasks`, "dim"]] satisfies Piece[])
			: []),
	];
	const [, ...rows] = renderTable(columns(frame.nowMs), shown, frame, "  ");
	return [
		"",
		renderLine(heading, frame),
		...rows,
		...(rest.length > 0
			? [
					renderLine(
						[
							[`  … ${rest.length} more (--all): `, "dim"],
							...countPieces(countStates(rest)),
						],
						frame,
					),
				]
			: []),
	];
}

function columns(nowMs: number) {
	return [
		{
			title: "STATE",
			text: ({ state }: NodeView) =>
				`${signOf(state).symbol} ${stateWord(state)}`,
			tone: ({ state }: NodeView) => signOf(state).tone,
		},
		{
			title: "TASK",
			text: ({ task_id }: NodeView) => task_id,
			tone: ({ is_critical }: NodeView) =>
				is_critical ? ("strong" as const) : undefined,
		},
		{
			title: "TOOK",
			align: "right" as const,
			text: (node: NodeView) => timeOf(node, nowMs),
		},
		{
			title: "",
			spare: 2,
			text: ({ is_critical }: NodeView) => (is_critical ? "critical" : ""),
		},
		{
			title: "AFTER",
			flexible: true,
			spare: 1,
			text: ({ needs, error }: NodeView) => error ?? describeNeeds(needs),
			tone: ({ error }: NodeView) =>
				error === null ? ("dim" as const) : ("bad" as const),
		},
	];
}

/** How long it took, runs already, or should take. */
export function timeOf(node: NodeView, nowMs: number): string {
	if (node.took_ms !== null) return renderDuration(node.took_ms);
	if (node.since_ms !== null) return renderDuration(nowMs - node.since_ms);
	const isToCome = node.state === "ready" || node.state === "waiting";
	return isToCome ? `~${renderDuration(node.estimate_ms)}` : "-";
}

/** `after build, lint`; many names are counted. */
export function describeNeeds(needs: readonly string[]): string {
	if (needs.length === 0) return "";
	const text = `after ${needs.join(", ")}`;
	if (text.length <= MOST_NAMES_WIDTH) return text;
	return needs.length === 1
		? fit(text, MOST_NAMES_WIDTH)
		: `after ${fit(needs[0] ?? "", 30)} and ${needs.length - 1} more`;
}
