import { readFileSync } from "node:fs";
import path from "node:path";
import { toJson } from "./dashboards/grafana.ts";
import { dashboardNames, readDashboard } from "./dashboards/read-dashboard.ts";
import { readRules } from "./rules/read-rules.ts";
import { withAlerts } from "./rules/runbook.ts";

const root = path.join(import.meta.dirname, "..");
const runbook = path.join(root, "docs", "runbook.md");

/** Everything that `npm run docs` writes from the dashboards and rules here: full paths and texts. */
export function generateOperations(): Map<string, string> {
	return new Map([
		[runbook, withAlerts(readFileSync(runbook, "utf8"), readRules())],
		...dashboardNames.map((name): [string, string] => [
			path.join(root, "helm", "dashboards", "json", `${name}.json`),
			toJson(readDashboard(name)),
		]),
	]);
}
