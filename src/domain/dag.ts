/**
 * The task graph by position: node i depends on the nodes `dependencies[i]`. Everything here is
 * iterative, so a chain of 100,000 tasks costs no stack.
 */
export interface Dag {
	readonly dependencies: readonly (readonly number[])[];
	readonly dependants: readonly (readonly number[])[];
}

/** Builds the reverse edges; every position must lie inside the graph. */
export function createDag(dependencies: readonly (readonly number[])[]): Dag {
	const dependants: number[][] = dependencies.map(() => []);
	dependencies.forEach((own, node) => {
		for (const dependency of own) dependants[dependency]?.push(node);
	});
	return { dependencies, dependants };
}

/** Topological order (Kahn), dependencies first. Nodes on or behind a cycle are left out. */
export function orderDag({ dependencies, dependants }: Dag): number[] {
	const missing = dependencies.map((own) => own.length);
	const order: number[] = [];
	missing.forEach((count, node) => {
		if (count === 0) order.push(node);
	});
	for (let next = 0; next < order.length; next++) {
		for (const dependant of dependants[order[next] as number] ?? []) {
			missing[dependant] = (missing[dependant] ?? 0) - 1;
			if (missing[dependant] === 0) order.push(dependant);
		}
	}
	return order;
}

/**
 * Topological order that keeps the order of positions where the edges allow it: a dependency that stands
 * behind its node is moved to just before it. The graph must have no cycle.
 */
export function orderByPosition({ dependencies }: Dag): number[] {
	const order: number[] = [];
	const placed = new Set<number>();
	dependencies.forEach((_, start) => {
		const open = [start];
		for (let node = start; open.length > 0; node = open.at(-1) ?? 0) {
			const missing = placed.has(node)
				? []
				: (dependencies[node] ?? []).filter((next) => !placed.has(next));
			missing.sort((a, b) => b - a);
			for (const next of missing) open.push(next);
			if (missing.length > 0) continue;
			open.pop();
			if (!placed.has(node)) order.push(node);
			placed.add(node);
		}
	});
	return order;
}

interface PathStep {
	node: number;
	/** The next of its dependencies to look at. */
	edge: number;
	/** The deepest step up to this one that is part of a cycle already found; -1: none. */
	lastFound: number;
}

/**
 * Cycles that share no node, at most `limit`; every knot of the graph has one. Each is a list of
 * positions of which every one depends on the next, and the last on the first.
 */
export function findCycles(dag: Dag, limit: number): number[][] {
	const entered = new Set(orderDag(dag));
	const cycles: number[][] = [];
	const places = new Map<number, number>();
	const path: PathStep[] = [];
	const enter = (node: number) => {
		entered.add(node);
		places.set(node, path.length);
		path.push({ node, edge: 0, lastFound: path.at(-1)?.lastFound ?? -1 });
	};
	for (let start = 0; start < dag.dependencies.length; start++) {
		if (!entered.has(start)) enter(start);
		for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
			const next = dag.dependencies[step.node]?.[step.edge++];
			if (next === undefined) {
				places.delete(step.node);
				path.pop();
				continue;
			}
			if (!entered.has(next)) {
				enter(next);
				continue;
			}
			const place = places.get(next);
			// A node off the path closes no cycle; a step that belongs to a found cycle would share it.
			if (place === undefined || place <= step.lastFound) continue;
			cycles.push(path.slice(place).map(({ node }) => node));
			if (cycles.length === limit) return cycles;
			for (let found = place; found < path.length; found++)
				(path[found] as PathStep).lastFound = found;
		}
	}
	return cycles;
}

/** All nodes reachable from `starts` along `edges`, the starts themselves left out unless reached. */
export function reachable(
	edges: readonly (readonly number[])[],
	starts: Iterable<number>,
): Set<number> {
	const found = new Set<number>();
	const open = [...starts];
	for (let node = open.pop(); node !== undefined; node = open.pop()) {
		for (const next of edges[node] ?? []) {
			if (found.has(next)) continue;
			found.add(next);
			open.push(next);
		}
	}
	return found;
}

/** For every node the largest sum of weights along a path that ends in it, itself included. */
export function longestPathsTo(
	dag: Dag,
	weights: readonly number[],
	order: readonly number[] = orderDag(dag),
): number[] {
	return accumulate(dag.dependencies, weights, order);
}

/** For every node the largest sum of weights along a path that starts in it, itself included. */
export function longestPathsFrom(
	dag: Dag,
	weights: readonly number[],
	order: readonly number[] = orderDag(dag),
): number[] {
	return accumulate(dag.dependants, weights, order.toReversed());
}

function accumulate(
	edges: readonly (readonly number[])[],
	weights: readonly number[],
	order: readonly number[],
): number[] {
	const sums = weights.map(() => 0);
	for (const node of order) {
		let longest = 0;
		for (const next of edges[node] ?? [])
			longest = Math.max(longest, sums[next] ?? 0);
		sums[node] = longest + (weights[node] ?? 0);
	}
	return sums;
}
