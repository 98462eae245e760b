import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { withMatcher } from "../../helm/promql.ts";
import { readRules, rulesFile } from "../../helm/rules/read-rules.ts";
import { haveTool } from "../../stack/ops-tools.ts";
import { runTool } from "../../stack/run-tool.ts";
import { writeAlertmanagerConfig } from "./monitoring.ts";
import { allIsWell, quietCases, ruleCases, type Series } from "./rule-cases.ts";

const prometheus = await haveTool("prometheus");
const program = (name: string) => path.join(prometheus.folder, "usr/bin", name);
const folder = mkdtempSync(path.join(tmpdir(), "rules-"));
after(() => rmSync(folder, { recursive: true }));
const options = { skip: prometheus.missing };

test("rules: Prometheus reads them", options, ({ signal }) =>
	runTool(program("promtool"), ["check", "rules", rulesFile], signal),
);

test(
	"rules: each fires when its case comes, alone, and none when all is well or unusual for a while",
	options,
	async ({ signal }) => {
		const names = readRules().flatMap(({ rules }) => rules.map((r) => r.alert));
		assert.deepEqual(Object.keys(ruleCases).sort(), names.sort());
		const cases = Object.entries(ruleCases).map(
			([alert, { series, also = [] }]) =>
				toTest(alert, { ...allIsWell, ...series }, [alert, ...also]),
		);
		const file = path.join(folder, "cases.json");
		const quiet = Object.entries({ "all is well": {}, ...quietCases }).map(
			([name, series]) => toTest(name, { ...allIsWell, ...series }, [], "120m"),
		);
		const tests = [...quiet, ...cases];
		writeFileSync(
			file,
			JSON.stringify({
				rule_files: [rulesFile],
				evaluation_interval: "1m",
				tests,
			}),
		);
		await runTool(program("promtool"), ["test", "rules", file], signal);
	},
);

/** What fires is asked of Prometheus's own series of alerts: exactly these, and nothing else. */
function toTest(
	name: string,
	series: Series,
	firing: string[],
	eval_time = "60m",
) {
	return {
		name,
		interval: "1m",
		input_series: Object.entries(series).map(([one, values]) => ({
			series: withMatcher(one, 'job="o"'),
			values,
		})),
		promql_expr_test: [
			{
				expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
				eval_time,
				exp_samples: firing.map((alertname) => ({
					labels: `{alertname="${alertname}"}`,
					value: 1,
				})),
			},
		],
	};
}

test(
	"alertmanager: amtool takes its configuration and templates",
	options,
	async ({ signal }) => {
		const config = writeAlertmanagerConfig(folder, "http://127.0.0.1:1/slack");
		await runTool(program("amtool"), ["check-config", config], signal);
	},
);
