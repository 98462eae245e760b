import assert from "node:assert/strict";
import { test } from "node:test";
import { viewGraph } from "../../../src/cli/render/graph-view.ts";
import { plainPaint } from "../../../src/cli/render/paint.ts";
import {
	findChanges,
	renderChange,
} from "../../../src/cli/render/watched-changes.ts";
import { NOW_MS, sampleGraph, samplePlan } from "../support/samples.ts";

test("findChanges: a plan that was undone says what it had done, and how much of that is undone", () => {
	const graph = sampleGraph();
	const nodes = graph.nodes.map((node) =>
		node.outcome === "completed" || node.outcome === "failed"
			? { ...node, outcome: "compensated" as const }
			: node,
	);
	const plan = samplePlan({
		status: "FAILED",
		tickets_completed: 2,
		tickets_failed: 6,
		finished_at: NOW_MS,
	});
	const changes = findChanges(undefined, {
		plan,
		graph: viewGraph({ ...graph, nodes }),
		why: undefined,
		notice: undefined,
	});
	const frame = { width: 80, paint: plainPaint, nowMs: NOW_MS };
	const last = changes.at(-1) ?? assert.fail();
	assert.match(
		renderChange(last, frame),
		/✘ FAILED {2}2 of 8 completed, 6 failed, 3 undone$/,
	);
});
