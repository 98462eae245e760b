import assert from "node:assert/strict";
import { test } from "node:test";
import { viewGraph } from "../../../src/cli/render/graph-view.ts";
import { sampleGraph } from "../support/samples.ts";

const nodeOf = (id: string, graph = sampleGraph()) =>
	viewGraph(graph).nodes.find(({ task_id }) => task_id === id);

test("viewGraph: a task waits until all it needs has completed, even when it is published", () => {
	const graph = sampleGraph();
	const migrate = graph.nodes.find(({ task_id }) => task_id === "migrate");
	if (migrate) migrate.status = "RUNNING";
	assert.equal(nodeOf("migrate", graph)?.state, "waiting");
	const docs = graph.nodes.find(({ task_id }) => task_id === "docs");
	if (docs) docs.outcome = "completed";
	assert.equal(nodeOf("migrate", graph)?.state, "running");
});

test("viewGraph: what nothing stands in the way of is ready", () =>
	assert.equal(nodeOf("announce")?.state, "ready"));

test("viewGraph: a published task runs since the last of those it needs has ended", () => {
	const graph = sampleGraph();
	for (const node of graph.nodes) {
		if (node.task_id === "build") node.finished_at = 5_000;
		if (node.task_id === "integration-tests") node.started_at = 1_000;
	}
	assert.equal(nodeOf("integration-tests", graph)?.since_ms, 5_000);
});

test("viewGraph: every task is on the level after the last of those it needs", () => {
	const { levels } = viewGraph(sampleGraph());
	assert.deepEqual(
		levels.map((level) => level.map(({ task_id }) => task_id)),
		[
			["build", "lint", "announce"],
			["unit-tests", "integration-tests", "docs"],
			["package", "migrate"],
		],
	);
});

test("viewGraph: a circle of an unsound plan is no endless loop", () => {
	const graph = sampleGraph();
	graph.edges.push({ from: "migrate", to: "docs" });
	assert.equal(viewGraph(graph).nodes.length, 8);
});

test("viewGraph: a chain of 20,000 tasks is no stack overflow", () => {
	const [node] = sampleGraph().nodes;
	assert.ok(node);
	const nodes = Array.from({ length: 20_000 }, (_, at) => ({
		...node,
		task_id: `t${at}`,
	}));
	const edges = nodes
		.slice(1)
		.map(({ task_id }, at) => ({ from: `t${at}`, to: task_id }));
	const { levels } = viewGraph({ nodes, edges, critical_path: null });
	assert.equal(levels.length, 20_000);
});
