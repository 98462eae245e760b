import assert from "node:assert/strict";
import { test } from "node:test";
import { fillMetrics } from "../../bench/fill-metrics.ts";
import { countSeries } from "../../bench/observability.ts";
import { createMetrics, declaredMetrics } from "../../src/telemetry/metrics.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";

function linesOf(text: string, name: string): string[] {
	return text.split("\n").filter((line) => line.startsWith(name));
}

test("metrics: whatever labels come from outside, no metric gets series without bound", async () => {
	const metrics = createMetrics();
	for (let number = 0; number < 2_000; number += 1)
		for (const [key, { type, labels }] of Object.entries(declaredMetrics)) {
			const values = Object.fromEntries(
				Object.keys(labels).map((label) => [label, `made-up-${number}`]),
			);
			const metric = metrics[key as keyof typeof declaredMetrics] as never;
			const count: Record<typeof type, (it: never) => void> = {
				counter: (it: { inc(labels: object): void }) => it.inc(values),
				gauge: (it: { set(labels: object, value: number): void }) =>
					it.set(values, 1),
				histogram: (it: { observe(labels: object, value: number): void }) =>
					it.observe(values, 1),
			};
			count[type](metric);
		}
	const { text } = await metrics.scrape();
	for (const { name, labels } of Object.values(declaredMetrics)) {
		const isOpen = Object.values(labels).includes("ours");
		const series = linesOf(text, `${name}{`).filter((line) =>
			line.includes("made-up"),
		);
		if (!isOpen) assert.deepEqual(series, [], name);
		assert.ok(series.length <= 301, `${name}: ${series.length} series`);
	}
	assert.match(
		text,
		/tickets_published_total\{status="other",task_type="other",orchestrator_version="other"\} 2000/,
	);
});

test("metrics: a counter whose series are all known is there from the start, so that the first of something is an increase", async () => {
	const { text } = await createMetrics().scrape();
	const ended = "orchestration_workflows_completed_total";
	assert.ok(
		linesOf(text, ended).includes(
			`${ended}{status="FAILED",risk_band="high",orchestrator_version="V2"} 0`,
		),
	);
	assert.deepEqual(linesOf(text, "mongodb_persistence_errors_total"), []);
});

test("metrics: an observation may name its trace, which is shown with its bucket", async () => {
	const metrics = createMetrics();
	const labels = { orchestrator_version: "V2" };
	metrics.decisionToTicketsSeconds.observe(labels, 0.2, TRACE_ID);
	metrics.decisionToTicketsSeconds.observe(labels, 0.7);
	const { contentType, text } = await metrics.scrape();
	assert.match(contentType, /^application\/openmetrics-text/);
	const shown = text.split("\n").filter((line) => line.includes(TRACE_ID));
	assert.equal(shown.length, 1);
	assert.match(
		shown[0] ?? "",
		/decision_to_tickets_seconds_bucket\{le="0.25",orchestrator_version="V2"\} 1 # \{trace_id="0af7651916cd43dd8448eb211c80319c"\} 0.2 /,
	);
});

test("metrics: what is looked at from time to time is not there before the first look", async () => {
	const metrics = createMetrics();
	const shown = async () =>
		/^orchestration_workflows_active \d/m.test((await metrics.scrape()).text);
	assert.equal(await shown(), false);
	metrics.workflowsActive.set(0);
	assert.equal(await shown(), true);
});

test("metrics: what others keep is shown before the end, and left out when it cannot be read", async () => {
	const metrics = createMetrics();
	metrics.alsoShow(async () => "# TYPE a gauge\na 1\n");
	metrics.alsoShow(async () => {
		throw new Error("away");
	});
	const { text } = await metrics.scrape();
	assert.ok(text.endsWith("\n# TYPE a gauge\na 1\n# EOF\n"));
});

test("metrics: fewer than 5,000 series after 10,000 plans with 200 task types and 500 workers", async () => {
	const metrics = createMetrics();
	fillMetrics(metrics);
	const { text } = await metrics.scrape();
	assert.match(text, /orchestration_workers_known\{status="HEALTHY"\} 500/);
	assert.ok(countSeries(text) < 5_000, `${countSeries(text)} series`);
});

test("metrics: switched off, nothing is counted, and gauges still say how things are", async () => {
	const metrics = createMetrics({ counts: false });
	fillMetrics(metrics);
	const { text } = await metrics.scrape();
	assert.match(text, /orchestration_decisions_total\{.*"started".*"kafka"\} 0/);
	assert.doesNotMatch(text, /duration_seconds_count\{|process_cpu/);
	assert.match(text, /orchestration_workers_known\{status="HEALTHY"\} 500/);
});
