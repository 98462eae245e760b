import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	createDag,
	findCycles,
	longestPathsFrom,
	longestPathsTo,
	orderByPosition,
	orderDag,
	reachable,
} from "../../src/domain/dag.ts";

const NODES = 9;
/** Any graph of few nodes: cycles, knots and loops included. */
const anyGraph = fc.array(
	fc.uniqueArray(fc.nat(NODES - 1), { maxLength: NODES }),
	{ minLength: NODES, maxLength: NODES },
);
/** Edges to lower positions only. */
const acyclicGraph = anyGraph.map((graph) =>
	graph.map((own, node) => own.filter((next) => next < node)),
);

function isTopological(edges: readonly number[][], order: readonly number[]) {
	const place = new Map(order.map((node, index) => [node, index]));
	return order.every((node) =>
		(edges[node] ?? []).every(
			(next) => (place.get(next) ?? Infinity) < (place.get(node) ?? -1),
		),
	);
}

test("orderDag: has every node of a graph without cycle, dependencies first", () =>
	fc.assert(
		fc.property(acyclicGraph, (edges) => {
			const order = orderDag(createDag(edges));
			return order.length === NODES && isTopological(edges, order);
		}),
	));

test("orderByPosition: has every node, dependencies first, whatever the positions", () =>
	fc.assert(
		fc.property(
			acyclicGraph,
			fc.shuffledSubarray([...Array(NODES).keys()], { minLength: NODES }),
			(edges, names) => {
				// The same graph under other positions.
				const renamed: number[][] = edges.map(() => []);
				edges.forEach((own, node) => {
					renamed[names[node] as number] = own.map((next) => names[next] ?? 0);
				});
				const order = orderByPosition(createDag(renamed));
				return order.length === NODES && isTopological(renamed, order);
			},
		),
	));

test("orderByPosition: leaves positions alone that are topological already", () =>
	fc.assert(
		fc.property(acyclicGraph, (edges) => {
			const order = orderByPosition(createDag(edges));
			return order.every((node, index) => node === index);
		}),
	));

test("orderByPosition: draws forward only what stands too late", () => {
	const edges = [[3], [], [0], []];
	assert.deepEqual(orderByPosition(createDag(edges)), [3, 0, 1, 2]);
});

test("findCycles: finds one exactly where there is one", () =>
	fc.assert(
		fc.property(anyGraph, (edges) => {
			const cycles = findCycles(createDag(edges), 100);
			const onCycle = edges.map((_, node) =>
				reachable(edges, [node]).has(node),
			);
			for (const cycle of cycles) {
				cycle.forEach((node, index) => {
					const next = cycle[(index + 1) % cycle.length] as number;
					assert.ok(edges[node]?.includes(next));
				});
			}
			const found = cycles.flat();
			assert.equal(new Set(found).size, found.length, "cycles share a node");
			// Every knot: each node that lies on a cycle shares its knot with a node that was told.
			onCycle.forEach((isOn, node) => {
				const knot = reachable(edges, [node]);
				const told = found.some(
					(other) => knot.has(other) && reachable(edges, [other]).has(node),
				);
				assert.equal(told, isOn);
			});
		}),
	));

test("findCycles: separate cycles, a loop, and no more than asked for", () => {
	const dag = createDag([[1], [0], [2], [0, 4], [5], [3]]);
	assert.deepEqual(findCycles(dag, 9), [[0, 1], [2], [3, 4, 5]]);
	assert.equal(findCycles(dag, 2).length, 2);
});

test("findCycles: a knot behind another one is found as well", () => {
	// 0 and 1 wait for each other, and 1 also for 2, which waits for itself.
	assert.deepEqual(findCycles(createDag([[1], [2, 0], [2]]), 9), [[2], [0, 1]]);
});

test("longestPaths: to and from every node, itself included", () => {
	const dag = createDag([[], [0], [0], [1, 2]]);
	const weights = [1, 10, 100, 1_000];
	assert.deepEqual(longestPathsTo(dag, weights), [1, 11, 101, 1_101]);
	assert.deepEqual(
		longestPathsFrom(dag, weights),
		[1_101, 1_010, 1_100, 1_000],
	);
});

test("dag: a chain, a ring and a fan of 100,000 nodes cost neither stack nor minutes", () => {
	const count = 100_000;
	const chain = Array.from({ length: count }, (_, node) =>
		node === 0 ? [] : [node - 1],
	);
	const dag = createDag(chain);
	assert.equal(orderDag(dag).length, count);
	assert.equal(orderByPosition(dag).at(-1), count - 1);
	assert.deepEqual(findCycles(dag, 1), []);
	assert.equal(reachable(chain, [count - 1]).size, count - 1);
	assert.equal(longestPathsTo(dag, Array(count).fill(1)).at(-1), count);

	const backwards = createDag(
		chain.map((_, node) => (node === count - 1 ? [] : [node + 1])),
	);
	assert.equal(orderByPosition(backwards)[0], count - 1);
	const ring = createDag(
		chain.map((own, node) => (node === 0 ? [count - 1] : own)),
	);
	assert.equal(findCycles(ring, 1)[0]?.length, count);
	const fan = createDag([
		[...Array(count - 1).keys()].map((n) => n + 1),
		...chain.slice(1).map(() => []),
	]);
	assert.equal(orderByPosition(fan).at(-1), 0);
});

test("findCycles: a dense knot is no trap", () => {
	const all = [...Array(600).keys()];
	assert.ok(findCycles(createDag(all.map(() => all)), 1_000).length > 0);
});
