import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanView } from "../../demo/judge.ts";
import { renderChange, renderProgress } from "../../demo/progress.ts";
import { createScenarios } from "../../demo/scenarios.ts";
import { renderDuration, renderTable, wrap } from "../../demo/table.ts";

const scenarios = createScenarios("x");

function viewOf(name: string, spec: Partial<PlanView>): [string, PlanView] {
	const plan_id = `demo-x-${name}`;
	return [
		plan_id,
		{
			plan_id,
			status: "RUNNING",
			orchestrator_version: "V1",
			tickets_generated: 0,
			tickets_completed: 0,
			tickets_failed: 0,
			problems: [],
			finished_at: null,
			...spec,
		},
	];
}

for (const width of [40, 80, 160]) {
	test(`renderProgress: one line a plan within ${width} columns`, () => {
		const lines = renderProgress(scenarios, new Map(), width);
		assert.equal(lines.length, scenarios.length);
		for (const line of lines) assert.ok(line.length <= width, line);
	});
}

test("renderProgress: the bar grows with the tickets and tells failed ones", () => {
	const views = new Map([
		viewOf("chain", {
			tickets_generated: 20,
			tickets_completed: 10,
			tickets_failed: 5,
		}),
	]);
	const [line = ""] = renderProgress(scenarios, views, 120);
	assert.match(line, /█{10}×{5}·{5} +15\/20 +running/);
});

test("renderProgress: an end that was not expected is marked", () => {
	const views = new Map([
		viewOf("chain", { status: "FAILED" }),
		viewOf("invalid", { status: "INVALID" }),
	]);
	const marks = renderProgress(scenarios, views, 80).map((line) => line[0]);
	assert.deepEqual(marks.slice(0, 2), ["✘", "·"]);
	assert.equal(marks[6], "✔");
});

test("renderChange: a plain line for logs", () => {
	const [scenario] = scenarios as [(typeof scenarios)[0]];
	const [, view] = viewOf("chain", { tickets_generated: 6 });
	assert.equal(renderChange(scenario, view), "· chain: RUNNING, tickets 0/6");
});

test("renderTable: columns are as wide as their widest cell", () => {
	const columns = [
		{ title: "name", text: (row: { n: string; c: number }) => row.n },
		{
			title: "n",
			text: (row: { n: string; c: number }) => String(row.c),
			align: "right" as const,
		},
	];
	const rows = [
		{ n: "a", c: 7 },
		{ n: "longer", c: 123 },
	];
	assert.deepEqual(renderTable(columns, rows, 80), [
		"name       n",
		"a          7",
		"longer   123",
	]);
});

const durations = [
	{ ms: null, text: "-" },
	{ ms: 0, text: "0 ms" },
	{ ms: 999, text: "999 ms" },
	{ ms: 1_000, text: "1.0 s" },
	{ ms: 59_940, text: "59.9 s" },
	{ ms: 185_000, text: "3 m 05 s" },
];

for (const { ms, text } of durations) {
	test(`renderDuration: ${ms} is ${text}`, () =>
		assert.equal(renderDuration(ms), text));
}

test("wrap: breaks between words and keeps the indent", () => {
	assert.deepEqual(wrap("one two three", 9, "  "), ["  one two", "  three"]);
});
