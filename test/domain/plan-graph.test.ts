import assert from "node:assert/strict";
import { test } from "node:test";
import { applyResult } from "../../src/domain/execution/apply-result.ts";
import { type Execution, wireId } from "../../src/domain/execution/state.ts";
import {
	drawGraph,
	nodeOfTicket,
	nodesOfPlan,
	nodesOfTickets,
} from "../../src/domain/plan-graph.ts";
import { readPlan } from "../../src/domain/read-plan.ts";
import { newExecution, publishReady, ticketOf } from "../support/executions.ts";
import { ticketDocument } from "../support/http.ts";
import { someResult } from "../support/plan-inputs.ts";
import { chainOf, planJson, type TaskSketch } from "../support/plans.ts";

const estimated = (estimated_duration_ms: number) => ({
	estimated_duration_ms,
});
const diamond: TaskSketch[] = [
	["a", [], estimated(100)],
	["b", ["a"], estimated(500)],
	["c", ["a"], estimated(50)],
	["d", ["b", "c"], estimated(10)],
];
const graphOf = (execution: Execution) =>
	drawGraph(
		execution.specs.map((_, ticket) => nodeOfTicket(execution, ticket)),
	);

test("drawGraph: every task, every edge, and the longest path by estimates", () => {
	const { nodes, edges, critical_path } = graphOf(newExecution(diamond));
	assert.deepEqual(
		nodes.map(({ task_id, status }) => [task_id, status]),
		[
			["a", "PENDING"],
			["b", "PENDING"],
			["c", "PENDING"],
			["d", "PENDING"],
		],
	);
	assert.deepEqual(
		edges.map(({ from, to }) => `${from}${to}`),
		["ab", "ac", "bd", "cd"],
	);
	assert.deepEqual(critical_path, {
		task_ids: ["a", "b", "d"],
		duration_ms: 610,
		remaining_ms: 610,
	});
});

test("drawGraph: what has completed counts as long as it took, and is not left to do", () => {
	const execution = newExecution(diamond);
	publishReady(execution, 1);
	const id = wireId(execution, ticketOf(execution, "a"), 1);
	applyResult(execution, someResult(id, { actual_duration_ms: 40 }), 2);
	const { nodes, critical_path } = graphOf(execution);
	assert.equal(nodes[0]?.status, "COMPLETED");
	assert.equal(critical_path?.duration_ms, 550);
	assert.equal(critical_path?.remaining_ms, 510);
});

test("drawGraph: a plan in its own words has the same graph before it has tickets", () => {
	const { plan } = readPlan(planJson(diamond));
	const drawn = drawGraph(nodesOfPlan(plan));
	const { edges, critical_path } = graphOf(newExecution(diamond));
	assert.deepEqual(drawn.edges, edges);
	assert.deepEqual(drawn.critical_path, critical_path);
	assert.ok(drawn.nodes.every(({ ticket_id }) => ticket_id === null));
});

test("drawGraph: a circle has no critical path, an empty plan neither", () => {
	const circle = planJson([
		["a", ["b"]],
		["b", ["a", "nobody"]],
	]);
	const drawn = drawGraph(nodesOfPlan(readPlan(circle).plan));
	assert.equal(drawn.edges.length, 2);
	assert.equal(drawn.critical_path, null);
	assert.equal(drawGraph([]).critical_path, null);
});

test("drawGraph: a chain of 5,000 tasks", () => {
	const { nodes, critical_path } = drawGraph(
		nodesOfPlan(readPlan(planJson(chainOf(5_000))).plan),
	);
	assert.equal(nodes.length, 5_000);
	assert.equal(critical_path?.task_ids.length, 5_000);
});

test("nodesOfTickets: without compensations and what a rerun replaced", () => {
	const nodes = nodesOfTickets([
		ticketDocument({ ticket_id: "t1", task_id: "a" }),
		{
			...ticketDocument({ ticket_id: "t2", task_id: "b", generation: 1 }),
			dependencies: ["t1"],
			superseded_by: "t3",
		},
		{
			...ticketDocument({ ticket_id: "t3", task_id: "b", generation: 2 }),
			dependencies: ["t1"],
		},
		ticketDocument({ ticket_id: "u", task_id: "x", compensates: "t1" }),
		{
			...ticketDocument({ ticket_id: "t4", task_id: "c" }),
			dependencies: ["t2"],
		},
	]);
	assert.deepEqual(
		nodes.map(({ ticket_id, needs }) => [ticket_id, needs]),
		[
			["t1", []],
			["t3", [0]],
			["t4", [1]],
		],
	);
});
