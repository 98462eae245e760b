import type { NodeState, NodeView } from "./graph-view.ts";
import { stateWord } from "./node-states.ts";
import type { Frame } from "./paint.ts";
import { renderTime } from "./time.ts";
import type { WatchView } from "./watch.ts";
import { signOf, withSymbol } from "./words.ts";

/** A difference between two reads of a plan. */
export type WatchedChange =
	| {
			kind: "plan";
			plan_id: string;
			status: string;
			completed: number;
			failed: number;
			/** The number of those that were undone later. */
			undone: number;
			total: number;
	  }
	| {
			kind: "task";
			plan_id: string;
			task_id: string;
			state: NodeState;
			attempt: number;
			took_ms: number | null;
			error: string | null;
	  }
	| { kind: "notice"; plan_id: string; notice: string };

/** The changes since the last read; the first time, the plan and every task that has begun. */
export function findChanges(
	before: WatchView | undefined,
	{ plan, graph, notice }: WatchView,
): WatchedChange[] {
	const { plan_id, status } = plan;
	if (notice !== undefined && before?.notice === undefined) {
		return [{ kind: "notice", plan_id, notice }];
	}
	const known = new Map(
		before?.graph.nodes.map((node) => [node.task_id, node]),
	);
	const tasks = graph.nodes
		.filter((node) => isNews(node, known.get(node.task_id)))
		.map(
			({ task_id, state, attempt, took_ms, error }): WatchedChange => ({
				kind: "task",
				plan_id,
				task_id,
				state,
				attempt,
				took_ms,
				error,
			}),
		);
	const isOther = before?.plan.status !== status;
	const count = (state: NodeState) => graph.counts.get(state) ?? 0;
	const undone = count("compensated");
	const whole: WatchedChange = {
		kind: "plan",
		plan_id,
		status,
		// An undone task has completed or failed before.
		...(undone === 0
			? {
					completed: count("completed"),
					failed: count("failed") + count("timed_out"),
				}
			: { completed: plan.tickets_completed, failed: plan.tickets_failed }),
		undone,
		total: graph.nodes.length,
	};
	// A plan that has ended says so last.
	return plan.finished_at === null
		? [...(isOther ? [whole] : []), ...tasks]
		: [...tasks, ...(isOther ? [whole] : [])];
}

function isNews(node: NodeView, before: NodeView | undefined): boolean {
	if (before !== undefined) {
		return before.state !== node.state || before.attempt !== node.attempt;
	}
	return node.state !== "waiting" && node.state !== "ready";
}

/** A change on one line, for a log. */
export function renderChange(change: WatchedChange, frame: Frame): string {
	const { paint, nowMs } = frame;
	const time = paint("dim", renderTime(nowMs));
	if (change.kind === "notice") {
		return `${time}  ${paint("waiting", `! ${change.notice}`)}`;
	}
	if (change.kind === "plan") {
		const { plan_id, status, completed, failed, undone, total } = change;
		const what = paint(signOf(status).tone, withSymbol(status));
		return `${time}  plan ${plan_id}  ${what}  ${completed} of ${total} completed, ${failed} failed${undone > 0 ? `, ${undone} undone` : ""}`;
	}
	const { task_id, state, attempt, error } = change;
	const { symbol, tone } = signOf(state);
	const what = paint(tone, `${symbol} ${stateWord(state)}`);
	const which = attempt > 1 ? `  attempt ${attempt}` : "";
	return `${time}  task ${task_id}  ${what}${which}${error === null ? "" : `  ${error}`}`;
}
