import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { metricsPage } from "../../docs/metrics-page.ts";
import { allQueries, type PlacedQuery } from "../../helm/queries.ts";
import { armMetricNames } from "../../src/rollout/arm-metrics.ts";
import { declaredMetrics } from "../../src/telemetry/metrics.ts";
import { findFaults, metricOf } from "./query-faults.ts";

const root = path.join(import.meta.dirname, "..", "..");
const GENERATED = "metrics.md";
/** Names of the earlier service stand there, beside their successors. */
const EARLIER = "migration.md";
const NAME =
	/\b(?:orchestration|orchestrator|neural_hive|mongodb|temporal)_[a-z0-9_]+\b/g;
/** Tells a metric's name from a field or a setting. */
const METRIC_NAME =
	/_(total|seconds|bucket|count|sum|percent|ratio|info|size|open|active|state|status|lag|rate|up|plans|readers|paused|away|known|wanted|stuck|score|discovered|checkedout|weight|phase|evidence|revision|disabled|model_version|accuracy|used|share|prediction_error|silenced)$/;

/** Documents for people, with the names of metrics and the queries in them. */
function documents(): {
	file: string;
	names: string[];
	queries: PlacedQuery[];
}[] {
	const files = [
		"README.md",
		...readdirSync(path.join(root, "docs"))
			.filter((name) => name.endsWith(".md"))
			.map((name) => path.join("docs", name)),
	];
	return files.map((file) => {
		const text = readFileSync(path.join(root, file), "utf8");
		const code = [...text.matchAll(/`([^`\n]+)`/g)].map(
			([, span = ""]) => span,
		);
		const names = code
			.flatMap((span) => span.match(NAME) ?? [])
			.filter((name) => METRIC_NAME.test(name));
		const queries = code
			.filter((span) => /^\w+\{.*\}$|\(.*_(total|seconds|ratio)\b/.test(span))
			.filter((span) => (span.match(NAME) ?? []).length > 0)
			.map((expr) => ({ place: file, expr }));
		return { file, names, queries };
	});
}

test("docs/metrics.md: tells the metrics there are; else run npm run docs", () => {
	const page = readFileSync(path.join(root, "docs", GENERATED), "utf8");
	assert.equal(page, metricsPage());
});

test("queries: dashboards and rules ask only for metrics, labels and values that exist, and count only counters", () => {
	const queries = allQueries();
	assert.ok(queries.length > 50);
	assert.deepEqual(queries.flatMap(findFaults), []);
});

test("documents: name only metrics, labels and values that exist", () => {
	const faults = documents()
		.filter(({ file }) => !file.endsWith(EARLIER))
		.flatMap(({ file, names, queries }) => [
			...names
				.filter((name) => metricOf(name) === undefined && !isFamily(name))
				.filter((name) => !armMetricNames.includes(name))
				.map((name) => `${file}: ${name} is not declared`),
			...queries.flatMap(findFaults),
		]);
	assert.deepEqual(faults, []);
});

/** A histogram is named without its suffix in a sentence. */
function isFamily(name: string): boolean {
	return metricOf(`${name}_count`) !== undefined;
}

test("metrics: each is used by a dashboard, a rule or a document", () => {
	const used = new Set(
		[
			...allQueries().flatMap(({ expr }) => expr.match(NAME) ?? []),
			...documents()
				.filter(({ file }) => !file.endsWith(GENERATED))
				.filter(({ file }) => !file.endsWith(EARLIER))
				.flatMap(({ names }) => names),
		].map((name) => metricOf(name)?.name ?? name),
	);
	const unused = Object.values(declaredMetrics)
		.map(({ name }) => name)
		.filter((name) => !used.has(name));
	assert.deepEqual(unused, []);
});

test("findFaults: says what is wrong with a query", () => {
	const faultsOf = (expr: string) =>
		findFaults({ place: "here", expr }).map((fault) => fault.split(" in ")[0]);
	const ended = "orchestration_workflows_completed_total";
	assert.deepEqual(
		faultsOf(
			`sum by (status, le) (rate(${ended}{status=~"FAILED|PARTIAL",job="$job"}[$__rate_interval]))`,
		),
		[],
	);
	assert.deepEqual(
		faultsOf(
			"histogram_quantile(0.95, sum by (le) (rate(orchestration_workflow_duration_seconds_bucket[5m])))",
		),
		[],
	);
	for (const [expr, fault] of [
		[`sum(rate(${ended}[5m])`, /not PromQL/],
		[
			"orchestration_made_up_total",
			/orchestration_made_up_total is not declared/,
		],
		["orchestration_workflow_duration_seconds", /is not declared/],
		["orchestration_workflows_completed", /is not declared/],
		[`${ended}{state="FAILED"}`, /has no label state/],
		[`${ended}{status="failed"}`, /status of \S+ is never failed/],
		[`${ended}{status=~"FAILED|failed"}`, /is never FAILED\|failed/],
		[`sum by (tenant) (${ended})`, /no metric has the label tenant/],
		["rate(orchestration_workflows_active[5m])", /rate\(\) of gauge/],
	] as const)
		assert.match(faultsOf(expr).join("; "), fault, expr);
});
