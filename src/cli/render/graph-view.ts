import type { PlanGraph, PlanGraphNode } from "../../domain/plan-graph.ts";

/** A plan's graph as the API answers it. */
export type GraphAnswer = PlanGraph & {
	plan_id?: string;
	read_source?: string;
};

/**
 * How far a task is, for people: its outcome, else `running`, `ready` (nothing is in its way), or
 * `waiting` for what it depends on, published already or not.
 */
export type NodeState =
	| "completed"
	| "failed"
	| "timed_out"
	| "skipped"
	| "cancelled"
	| "compensated"
	| "running"
	| "ready"
	| "waiting";

export interface NodeView {
	task_id: string;
	state: NodeState;
	/** Task ids. */
	needs: string[];
	/** Since when it runs; null unless it does. */
	since_ms: number | null;
	took_ms: number | null;
	estimate_ms: number;
	attempt: number;
	is_critical: boolean;
	agent_id: string | null;
	error: string | null;
	/** Longest chain of dependencies before it; 0: none. */
	depth: number;
}

export interface GraphView {
	/** In the plan's order. */
	nodes: NodeView[];
	/** By depth; every node is on the level after the last of those it needs. */
	levels: NodeView[][];
	counts: ReadonlyMap<NodeState, number>;
	critical: { task_ids: string[]; remaining_ms: number } | null;
}

/** A view of a graph: states, levels, counts. Linear in nodes and edges. */
export function viewGraph(graph: GraphAnswer): GraphView {
	const needs = new Map<string, string[]>();
	for (const { from, to } of graph.edges) {
		const known = needs.get(to);
		if (known === undefined) needs.set(to, [from]);
		else known.push(from);
	}
	const byId = new Map(graph.nodes.map((node) => [node.task_id, node]));
	const depths = findDepths(graph.nodes, needs);
	const critical = new Set(graph.critical_path?.task_ids);
	const nodes = graph.nodes.map((node) => {
		const before = needs.get(node.task_id) ?? [];
		const state = stateOf(node, before, byId);
		return {
			task_id: node.task_id,
			state,
			needs: before,
			since_ms: state === "running" ? runsSince(node, before, byId) : null,
			took_ms: node.actual_duration_ms,
			estimate_ms: node.estimated_duration_ms,
			attempt: node.attempt,
			is_critical: critical.has(node.task_id),
			agent_id: node.agent_id,
			error: node.error_message,
			depth: depths.get(node.task_id) ?? 0,
		};
	});
	const deepest = nodes.reduce((most, { depth }) => Math.max(most, depth), 0);
	const levels = Array.from({ length: deepest + 1 }, (): NodeView[] => []);
	const counts = new Map<NodeState, number>();
	for (const node of nodes) {
		levels[node.depth]?.push(node);
		counts.set(node.state, (counts.get(node.state) ?? 0) + 1);
	}
	const { critical_path } = graph;
	return {
		nodes,
		levels,
		counts,
		critical: critical_path && {
			task_ids: critical_path.task_ids,
			remaining_ms: critical_path.remaining_ms,
		},
	};
}

type ById = ReadonlyMap<string, PlanGraphNode>;

function stateOf(
	{ outcome, status }: PlanGraphNode,
	needs: readonly string[],
	byId: ById,
): NodeState {
	if (outcome !== null) return outcome;
	const isFree = needs.every((id) => byId.get(id)?.outcome === "completed");
	if (!isFree) return "waiting";
	return status === "PENDING" ? "ready" : "running";
}

/** A published ticket whose dependencies ended later began with the last of them. */
function runsSince(
	node: PlanGraphNode,
	needs: readonly string[],
	byId: ById,
): number | null {
	const began = node.started_at ?? node.published_at;
	if (began === null) return null;
	return needs.reduce(
		(latest, id) => Math.max(latest, byId.get(id)?.finished_at ?? 0),
		began,
	);
}

/** Without recursion: a chain may be thousands long. A node in a cycle stays at 0. */
function findDepths(
	nodes: readonly PlanGraphNode[],
	needs: ReadonlyMap<string, string[]>,
): Map<string, number> {
	const waits = new Map<string, number>();
	const next = new Map<string, string[]>();
	for (const { task_id } of nodes) {
		const before = needs.get(task_id) ?? [];
		waits.set(task_id, before.length);
		for (const id of before) {
			const after = next.get(id);
			if (after === undefined) next.set(id, [task_id]);
			else after.push(task_id);
		}
	}
	const depths = new Map<string, number>();
	let level = nodes
		.map(({ task_id }) => task_id)
		.filter((id) => waits.get(id) === 0);
	for (let depth = 0; level.length > 0; depth += 1) {
		const following: string[] = [];
		for (const id of level) {
			depths.set(id, depth);
			for (const after of next.get(id) ?? []) {
				const left = (waits.get(after) ?? 0) - 1;
				waits.set(after, left);
				if (left === 0) following.push(after);
			}
		}
		level = following;
	}
	return depths;
}
