import assert from "node:assert/strict";
import { test } from "node:test";
import { viewGraph } from "../../../src/cli/render/graph-view.ts";
import { plainPaint } from "../../../src/cli/render/paint.ts";
import { widthOf } from "../../../src/cli/render/text.ts";
import { renderWatch } from "../../../src/cli/render/watch.ts";
import {
	largeGraph,
	NOW_MS,
	sampleGraph,
	samplePlan,
} from "../support/samples.ts";

const view = (count: number) => ({
	plan: samplePlan(),
	graph: viewGraph(count === 8 ? sampleGraph() : largeGraph(count)),
	why: "waits for result of task build: unblocked by a result",
	notice: undefined,
});

for (const count of [8, 101, 5_000])
	test(`renderWatch: ${count} tasks never take more lines or columns than there are`, () => {
		const seen = view(count);
		for (const width of [40, 80, 160])
			for (const height of [3, 8, 10, 12, 24, 50, 200]) {
				const frame = { width, paint: plainPaint, nowMs: NOW_MS };
				const lines = renderWatch(seen, frame, height);
				assert.ok(lines.length <= height, `${lines.length} of ${height}`);
				for (const line of lines) assert.ok(widthOf(line) <= width, line);
			}
	});

test("renderWatch: what failed comes first, then what runs longest, and the rest is counted", () => {
	const frame = { width: 80, paint: plainPaint, nowMs: NOW_MS };
	const lines = renderWatch(view(5_000), frame, 24);
	const failed = lines.findIndex((line) => line.startsWith("✘ failed"));
	assert.match(lines[failed] ?? "", /task-00077 .*out of memory/);
	assert.match(lines[failed + 1] ?? "", /● running .* 7 m 00 s/);
	assert.match(lines.at(-1) ?? "", /^… 46\d\d more: \d+ ● running/);
});

test("renderWatch: the levels shown are those where the work is", () => {
	const frame = { width: 80, paint: plainPaint, nowMs: NOW_MS };
	const graph = largeGraph(5_000);
	for (const node of graph.nodes.slice(0, 3_000)) node.outcome = "completed";
	const seen = { ...view(8), graph: viewGraph(graph) };
	const lines = renderWatch(seen, frame, 24);
	assert.ok(lines.some((line) => /^… \d+ levels above$/.test(line)));
	assert.ok(lines.some((line) => /^31 {2}░+ 100 ○ ready$/.test(line)));
	assert.ok(lines.some((line) => /^… \d+ levels below$/.test(line)));
});
