import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

/** One alert as it stands in `orchestrator.yaml`, which Prometheus reads as it is. */
export interface Rule {
	alert: string;
	expr: string;
	for?: string;
	labels: { severity: "critical" | "warning" | "info"; dashboard: string };
	annotations: {
		summary: string;
		impact: string;
		step1: string;
		step2: string;
		step3: string;
		runbook_url: string;
	};
}

export interface RuleGroup {
	name: string;
	rules: Rule[];
}

export const rulesFile = path.join(import.meta.dirname, "orchestrator.yaml");

export function readRules(): RuleGroup[] {
	return parse(readFileSync(rulesFile, "utf8")).groups;
}
