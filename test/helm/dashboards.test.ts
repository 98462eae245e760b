import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { toGrafana } from "../../helm/dashboards/grafana.ts";
import {
	dashboardNames,
	NO_DATA,
	readDashboard,
} from "../../helm/dashboards/read-dashboard.ts";
import { generateOperations } from "../../helm/generate.ts";
import { readSelectors, withMatcher } from "../../helm/promql.ts";
import { panelQueries } from "../../helm/queries.ts";
import { NOT_HERE } from "../ops/not-in-busy-world.ts";

test("helm: dashboards and runbook are those that npm run docs writes", () => {
	for (const [file, text] of generateOperations())
		assert.equal(readFileSync(file, "utf8"), text, path.basename(file));
});

test("dashboards: Flow C has the nine rows, SLA compliance the eight panels of the document", () => {
	assert.deepEqual(
		readDashboard("flow-c").rows.map(({ title }) => title),
		[
			...["Plans", "Flow C, end to end", "Intelligent scheduler"],
			...["SLA compliance and alerting", "Idempotency", "Compensation"],
			...["Security", "Forecasts and anomalies"],
			"Automatic compensation (saga)",
		],
	);
	const [first] = readDashboard("sla-compliance").rows;
	assert.equal(first?.panels.length, 8);
	assert.deepEqual(
		first?.panels
			.map(({ limits }) => [limits?.yellow, limits?.red])
			.slice(1, 6),
		[
			[50, 20],
			[1, 5],
			[1, 10],
			[undefined, 50],
			[6, 14.4],
		],
	);
});

test("dashboards: panels do not overlap, fill no more than a line, and choose their installation", () => {
	for (const name of dashboardNames) {
		const taken = new Set<string>();
		for (const { gridPos, title, ...panel } of toGrafana(readDashboard(name))
			.panels ?? []) {
			assert.ok(gridPos);
			for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
				for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
					assert.ok(x < 24 && !taken.has(`${x},${y}`), `${name}: ${title}`);
					taken.add(`${x},${y}`);
				}
			if (!("targets" in panel)) continue;
			assert.match(
				panel.description ?? "",
				/\*\*(When it is red|What to do):\*\* \S/,
			);
			for (const { expr } of panel.targets ?? [])
				for (const { labels } of readSelectors(String(expr)))
					assert.equal(labels[0]?.name, "job", `${name}: ${title}`);
		}
	}
});

test("dashboards: what is missing is shown as 0 only where who would count it is there", () => {
	const standIns = dashboardNames
		.flatMap(panelQueries)
		.filter(({ expr }) => / or .*orchestration_build_info/.test(expr));
	assert.deepEqual(standIns, []);
});

test("dashboards: a panel without a number says in words whether nothing happened or something is wrong", () => {
	const saysOf = (name: string, title: string) => {
		const panels = toGrafana(readDashboard(name)).panels ?? [];
		const panel = panels.find((one) => one.title === title);
		assert.ok(panel !== undefined && "fieldConfig" in panel);
		const { noValue, mappings } = panel.fieldConfig?.defaults ?? {};
		return [noValue, mappings?.at(-1)?.options];
	};
	const nan = (text: string) => ({ match: "nan", result: { text } });
	const nothing = "nothing in this time";
	assert.deepEqual(saysOf("flow-c", "Success rate (last hour)"), [
		nothing,
		nan(nothing),
	]);
	assert.deepEqual(saysOf("policy", "Time (p95)"), ["no data", nan(nothing)]);
	const none = "no release is under way, or nobody looks: see Weight";
	assert.deepEqual(saysOf("orchestration-ab", "Phase"), [none, nan(none)]);
});

test("dashboards: a panel that only a release, a model or the like fills says so when it is empty", () => {
	const silent = dashboardNames.flatMap((name) =>
		readDashboard(name)
			.rows.flatMap(({ panels }) => panels)
			.filter(({ queries }) =>
				Object.values(queries).every((query) => NOT_HERE.test(query)),
			)
			.filter(({ empty }) => empty === NO_DATA)
			.map(({ title }) => `${name}: ${title}`),
	);
	assert.deepEqual(silent, []);
});

test("promql: selectors are read with their labels, functions and groups", () => {
	const query =
		'sum by (topic) (rate(a_total{x="y",z=~"w"}[$__rate_interval])) / b';
	assert.deepEqual(
		readSelectors(query).map(({ metric, labels, within, groupedBy }) => [
			metric,
			labels.map(({ name, operator, value }) => name + operator + value),
			within,
			groupedBy,
		]),
		[
			["a_total", ["x=y", "z=~w"], ["rate", "sum"], ["topic"]],
			["b", [], [], []],
		],
	);
	assert.equal(
		withMatcher(query, 'job="j"'),
		'sum by (topic) (rate(a_total{job="j",x="y",z=~"w"}[$__rate_interval])) / b{job="j"}',
	);
	assert.throws(() => readSelectors("sum(rate(a_total[1m])"), /not PromQL/);
});
