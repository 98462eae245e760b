import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import {
	dashboardNames,
	readDashboard,
} from "../../helm/dashboards/read-dashboard.ts";
import { readRules } from "../../helm/rules/read-rules.ts";
import { settingsSchema } from "../../src/config-schema.ts";
import { settingFacts } from "../../src/settings/describe-setting.ts";
import { commandLinesIn, faultsOf } from "./command-lines.ts";

const rules = readRules().flatMap((group) => group.rules);
const dashboards = dashboardNames.map(readDashboard);
const runbook = readFileSync(
	path.join(import.meta.dirname, "../../docs/runbook.md"),
	"utf8",
);

test("rules: each has a severity, a dashboard that exists, an impact, and a section in the runbook", () => {
	const uids = dashboards.map(({ uid }) => uid);
	for (const { alert, labels, annotations } of rules) {
		assert.match(labels.severity, /^(critical|warning|info)$/, alert);
		assert.ok(uids.includes(labels.dashboard), `${alert}: ${labels.dashboard}`);
		assert.ok(annotations.summary && annotations.impact, alert);
		const [file, anchor] = annotations.runbook_url.split("#");
		assert.equal(file, "docs/runbook.md");
		assert.equal(anchor, alert.toLowerCase());
		assert.match(runbook, new RegExp(`^### ${alert}$`, "m"));
	}
	assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
});

test("rules: the documented ones are there", () => {
	const names = rules.map(({ alert }) => alert);
	for (const name of [
		...["SLABudgetCritical", "SLABudgetExhausted", "SLAHighBurnRate"],
		...["SLAViolationRate", "OPAHighRejectionRate", "OPAHighLatency"],
		...["OPAHighErrorRate", "OPAUnavailable", "OPACriticalPolicyViolations"],
		...["OPALowCacheHitRate", "OPACircuitBreakerOpen"],
		...["FlowCMLDriftCritical", "FlowCMLFeatureDriftSignificant"],
		...["FlowCMLHighAnomalyRate", "FlowCMLAnomalyDetectorDegraded"],
		"FlowCMLDurationPredictionInaccurate",
		"FlowCMLPredictionErrorsHigh",
	])
		assert.ok(names.includes(name), name);
});

test("rules: each begins with a command of ours within three steps", () => {
	for (const { alert, annotations } of rules) {
		const { step1, step2, step3 } = annotations;
		assert.ok(step1 && step2 && step3, alert);
		assert.ok(commandLinesIn(step1 + step2 + step3).length > 0, alert);
	}
});

test("runbook and panels: every command is one that the command line takes", () => {
	const lines = new Set(texts().flatMap(commandLinesIn));
	assert.ok(lines.size > 40, String(lines.size));
	assert.deepEqual(
		[...lines].flatMap((line) =>
			faultsOf(line).map((fault) => `orchestrator ${line}: ${fault}`),
		),
		[],
	);
});

test("runbook: an invented command, option or value is found", () => {
	for (const line of [
		"plans explode",
		"plans list --status BROKEN",
		"plans get",
		"plans why <plan-id> --verbose",
		"stop press intake",
		"stop press intake --reason <why>",
	])
		assert.notDeepEqual(faultsOf(line), [], line);
});

test("panels: the sections of the runbook that they name exist", () => {
	const names = rules.map(({ alert }) => alert);
	for (const { title, todo } of panels())
		for (const [, alerts = ""] of todo.matchAll(/runbook: ([\w, ]+)/g))
			for (const alert of alerts.split(", "))
				assert.ok(names.includes(alert), `${title}: ${alert}`);
});

test("runbook and panels: every setting they name exists", () => {
	const known = settingFacts(settingsSchema).map(({ name }) => name);
	// States of plans, codes of others, the command line's own variables, the beginning of several settings.
	const others = [
		...["AWAITING_APPROVAL", "DEADLINE_APPROACHING", "DEADLINE_EXCEEDED"],
		...["NOT_FOUND", "ALREADY_EXISTS", "RESOURCE_EXHAUSTED", "OPA_POLICY_"],
		...["ORCHESTRATOR_URL", "ORCHESTRATOR_TOKEN"],
	];
	const named = texts().flatMap(
		(text) => text.match(/\b[A-Z][A-Z0-9]*(_[A-Z0-9]*)+/g) ?? [],
	);
	assert.ok(named.length > 10);
	assert.deepEqual(
		[...new Set(named)].filter((name) => ![...known, ...others].includes(name)),
		[],
	);
});

function texts(): string[] {
	return [
		runbook,
		...rules.map(({ annotations }) => Object.values(annotations).join("\n")),
		...panels().map(({ todo, shows }) => `${shows} ${todo}`),
	];
}

function panels() {
	return dashboards.flatMap(({ rows }) => rows.flatMap((row) => row.panels));
}
