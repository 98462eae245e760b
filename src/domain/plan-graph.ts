import { createDag, longestPathsTo, orderDag } from "./dag.ts";
import type { TicketDocument } from "./documents.ts";
import { type Execution, specOf, stateOf } from "./execution/state.ts";
import { estimateMs } from "./generate-tickets.ts";
import type { Plan } from "./plan.ts";
import { statusOf } from "./ticket-documents.ts";
import { mapTaskType } from "./wire-words.ts";

/** A task of a plan with its state. Times are Unix epoch, ms. */
export interface PlanGraphNode
	extends Pick<
		TicketDocument,
		| "task_id"
		| "task_type"
		| "status"
		| "outcome"
		| "attempt"
		| "generation"
		| "actual_duration_ms"
		| "published_at"
		| "started_at"
		| "finished_at"
		| "agent_id"
		| "error_message"
	> {
	/** null: the task has no ticket yet. */
	ticket_id: string | null;
	estimated_duration_ms: number;
}

/** A node and its dependencies, by position in the whole list of nodes. */
export type LinkedNode = PlanGraphNode & { needs: number[] };

/** Some nodes of a graph that is too large for one answer. */
export interface PlanGraphPart {
	nodes: LinkedNode[];
	/** How many there are in all. */
	total: number;
}

export interface CriticalPath {
	/** From the first to the last. */
	task_ids: string[];
	/** Real durations of completed tasks, estimates of the others. */
	duration_ms: number;
	/** Estimated duration of the longest remaining path. */
	remaining_ms: number;
}

export interface PlanGraph {
	nodes: PlanGraphNode[];
	/** `from` must complete before `to`. */
	edges: { from: string; to: string }[];
	/** null: there is none, because the plan is empty or its dependencies go in a circle. */
	critical_path: CriticalPath | null;
}

/** The graph as clients read it. */
export function drawGraph(linked: readonly LinkedNode[]): PlanGraph {
	const idOf = (position: number) => linked[position]?.task_id ?? "";
	return {
		nodes: linked.map(({ needs, ...node }) => node),
		edges: linked.flatMap(({ task_id, needs }) =>
			needs.map((position) => ({ from: idOf(position), to: task_id })),
		),
		critical_path: findCriticalPath(linked),
	};
}

function findCriticalPath(linked: readonly LinkedNode[]): CriticalPath | null {
	const dag = createDag(linked.map(({ needs }) => needs));
	const order = orderDag(dag);
	if (order.length === 0 || order.length < linked.length) return null;
	const weights = linked.map(
		({ outcome, actual_duration_ms, estimated_duration_ms }) =>
			outcome === "completed" && actual_duration_ms !== null
				? actual_duration_ms
				: estimated_duration_ms,
	);
	const sums = longestPathsTo(dag, weights, order);
	const longest = (positions: readonly number[]) =>
		positions.reduce<number | undefined>(
			(best, next) =>
				best === undefined || (sums[next] ?? 0) >= (sums[best] ?? 0)
					? next
					: best,
			undefined,
		);
	const last = longest(order) ?? 0;
	const path: number[] = [];
	for (let node: number | undefined = last; node !== undefined; ) {
		path.unshift(node);
		node = longest(dag.dependencies[node] ?? []);
	}
	const left = linked.map(({ outcome, estimated_duration_ms }) =>
		outcome === null ? estimated_duration_ms : 0,
	);
	return {
		task_ids: path.map((node) => linked[node]?.task_id ?? ""),
		duration_ms: sums[last] ?? 0,
		remaining_ms: longestPathsTo(dag, left, order).reduce(
			(most, ms) => Math.max(most, ms),
			0,
		),
	};
}

/** The tasks of a plan without tickets; dependencies on unknown tasks are left out. */
export function nodesOfPlan({ tasks }: Plan): LinkedNode[] {
	const positions = new Map(tasks.map(({ task_id }, at) => [task_id, at]));
	return tasks.map((task) => ({
		task_id: task.task_id,
		ticket_id: null,
		task_type: mapTaskType(task.task_type).value,
		status: "PENDING",
		outcome: null,
		attempt: 0,
		generation: 1,
		estimated_duration_ms: estimateMs(task),
		actual_duration_ms: null,
		published_at: null,
		started_at: null,
		finished_at: null,
		agent_id: null,
		error_message: null,
		needs: task.dependencies.flatMap((id) => positions.get(id) ?? []),
	}));
}

/** The node of the ticket at a position of a plan's execution. */
export function nodeOfTicket(execution: Execution, ticket: number): LinkedNode {
	const spec = specOf(execution, ticket);
	const state = stateOf(execution, ticket);
	return {
		task_id: spec.task_id,
		ticket_id: spec.ticket_id,
		task_type: spec.task_type,
		status: statusOf(state),
		outcome: state.outcome,
		attempt: Math.max(1, state.attempts.length),
		generation: spec.generation,
		estimated_duration_ms: spec.estimated_duration_ms,
		actual_duration_ms: state.actualDurationMs,
		published_at: state.attempts[0]?.publishedAt ?? null,
		started_at: state.startedAt,
		finished_at: state.finishedAt,
		agent_id: state.agentId,
		error_message: state.errorMessage,
		needs: spec.dependencies,
	};
}

/** The fields of a stored ticket that its node needs. */
export type StoredNode = Omit<PlanGraphNode, "estimated_duration_ms"> &
	Pick<TicketDocument, "dependencies" | "compensates"> & {
		ticket_id: string;
		estimated_duration_ms: number | null;
		superseded_by?: string | null;
	};

/** The nodes of a plan's stored tickets, without compensations and replaced tickets. */
export function nodesOfTickets(tickets: readonly StoredNode[]): LinkedNode[] {
	const taskOf = new Map(
		tickets.map(({ ticket_id, task_id }) => [ticket_id, task_id]),
	);
	const shown = tickets.filter(
		({ compensates = null, superseded_by = null }) =>
			compensates === null && superseded_by === null,
	);
	const positions = new Map(shown.map(({ task_id }, at) => [task_id, at]));
	return shown.map(({ dependencies, compensates, superseded_by, ...node }) => ({
		...node,
		// Absent from documents of an earlier release.
		finished_at: node.finished_at ?? null,
		estimated_duration_ms: node.estimated_duration_ms ?? 0,
		needs: dependencies.flatMap(
			(id) => positions.get(taskOf.get(id) ?? "") ?? [],
		),
	}));
}
