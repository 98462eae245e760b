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

/**
 * Topological order (Kahn), dependencies first. Stable: among the nodes that are free, the order in
 * which they became free, and by position among those free from the start. Nodes on or behind a cycle
 * are left out.
 */
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

/** One cycle as positions, each depending on the next and the last on the first; undefined when there is none. */
export function findCycle(dag: Dag): number[] | undefined {
	const ordered = new Set(orderDag(dag));
	const start = dag.dependencies.findIndex((_, node) => !ordered.has(node));
	if (start === -1) return undefined;

	// Every node left over has a dependency that is left over: walking these must come back to a node.
	const steps = new Map<number, number>();
	const path: number[] = [];
	let node = start;
	while (!steps.has(node)) {
		steps.set(node, path.length);
		path.push(node);
		node = dag.dependencies[node]?.find((next) => !ordered.has(next)) ?? node;
	}
	return path.slice(steps.get(node));
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
