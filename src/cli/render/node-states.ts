import { type BarPart, renderBar } from "./bar.ts";
import type { NodeState, NodeView } from "./graph-view.ts";
import type { Piece } from "./line.ts";
import type { Paint } from "./paint.ts";
import { signOf } from "./words.ts";

/** In the order of interest: failed, running, done, waiting. */
export const nodeStates: readonly NodeState[] = [
	"failed",
	"timed_out",
	"running",
	"ready",
	"waiting",
	"completed",
	"compensated",
	"skipped",
	"cancelled",
];

/** How a state is filled in a bar: readable without colours. */
const fills: Record<NodeState, string> = {
	failed: "X",
	timed_out: "X",
	running: "▒",
	ready: "░",
	waiting: "·",
	completed: "█",
	compensated: "▚",
	skipped: "-",
	cancelled: "-",
};

/** From left to right: done, wrong, under way, to come. */
const barOrder: readonly NodeState[] = [
	"completed",
	"compensated",
	"failed",
	"timed_out",
	"skipped",
	"cancelled",
	"running",
	"ready",
	"waiting",
];

/** A bar of how many nodes are in which state. */
export function renderStateBar(
	counts: ReadonlyMap<NodeState, number>,
	width: number,
	paint: Paint,
): string {
	const parts = barOrder.map(
		(state): BarPart => ({
			count: counts.get(state) ?? 0,
			tone: signOf(state).tone,
			fill: fills[state],
		}),
	);
	return renderBar(parts, width, paint);
}

/** `5 ✔ completed  2 ● running`: the states there are. */
export function countPieces(counts: ReadonlyMap<NodeState, number>): Piece[] {
	const present = nodeStates.filter((state) => counts.get(state));
	return present.flatMap((state, at): Piece[] => {
		const { symbol, tone } = signOf(state);
		const text = `${counts.get(state)} ${symbol} ${stateWord(state)}`;
		return at === 0 ? [[text, tone]] : [["  "], [text, tone]];
	});
}

/** How many nodes are in which state. */
export function countStates(nodes: readonly NodeView[]) {
	const counts = new Map<NodeState, number>();
	for (const { state } of nodes)
		counts.set(state, (counts.get(state) ?? 0) + 1);
	return counts;
}

export function stateWord(state: NodeState): string {
	return state.replace("_", " ");
}
