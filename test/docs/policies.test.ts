import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import Type from "typebox";
import { featureFlagNames } from "../../src/domain/policy-words.ts";
import { settingFacts } from "../../src/settings/describe-setting.ts";
import { policySettings } from "../../src/settings/policy.ts";
import { countedRules } from "../../src/telemetry/declared/policy-rules.ts";
import { declaredMetrics } from "../../src/telemetry/metrics.ts";
import { policyCases } from "../policy/policy-inputs.ts";

const root = path.join(import.meta.dirname, "..", "..");
const text = readFileSync(path.join(root, "docs", "policies.md"), "utf8");

test("docs/policies.md: its table has every rule, which is counted and fires in a case", () => {
	const shown = [...text.matchAll(/^\| `(\w+)` \| `(\w+)` \|/gm)].map(
		([, policy, rule]) => `${policy}/${rule}`,
	);
	const fired = policyCases.flatMap(({ fires }) => fires);
	assert.deepEqual([...new Set(shown)].sort(), [...new Set(fired)].sort());
	const rules = shown.map((name) => name.split("/")[1]);
	const ownRules = ["not_allowed", "evaluation_error"];
	assert.deepEqual(
		[...new Set([...rules, ...ownRules])].sort(),
		[...countedRules].sort(),
	);
});

test("docs/policies.md: every feature is in its table, every setting it names exists", () => {
	for (const name of featureFlagNames)
		assert.match(text, new RegExp(`^\\| \`${name}\` \\|`, "m"));
	const known = settingFacts(Type.Object(policySettings)).map(
		({ name }) => name,
	);
	const named = [...text.matchAll(/\bOPA_[A-Z_]*[A-Z]\b/g)].map(
		([name]) => name,
	);
	const others = ["OPA_BIN"];
	assert.deepEqual(
		[...new Set(named)].filter((name) => ![...known, ...others].includes(name)),
		[],
	);
});

test("docs/policies.md: the severities that it says are set by default are the defaults", () => {
	const rules = settingFacts(Type.Object(policySettings)).find(
		({ name }) => name === "OPA_RULE_SEVERITIES",
	);
	const set = [
		...text.matchAll(/`(\w+)` \| [^|]*\| \w+; `(\w+)` by default/g),
	].map(([, rule, severity]) => `${rule}=${severity}`);
	assert.equal(set.join(","), rules?.facts.default);
});

test("docs/policies.md: the rules are those of the Rego in the tree", () => {
	const folder = path.join(root, "src/policy/rego/neuralhive/orchestrator");
	for (const policy of [
		"resource_limits",
		"sla_enforcement",
		"security_constraints",
	]) {
		const rego = readFileSync(
			path.join(folder, policy, `${policy}.rego`),
			"utf8",
		);
		const written = [
			...rego.matchAll(/violation\(\s*"(\w+)"|"rule": "(\w+)"/g),
		].map(([, one, other]) => one ?? other);
		for (const rule of written)
			assert.ok(text.includes(`| \`${policy}\` | \`${rule}\` |`), String(rule));
	}
});

const rego = (policy: string) =>
	readFileSync(
		path.join(
			root,
			`src/policy/rego/neuralhive/orchestrator/${policy}/${policy}.rego`,
		),
		"utf8",
	);

test("docs/policies.md: each rule has the severity that the Rego gives it", () => {
	const shown = text.matchAll(
		/^\| `(\w+)` \| `(\w+)` \|.*\| ([^|;]+)[^|]* \|$/gm,
	);
	const said = [...shown].map(([, ...words]) => words.join(" "));
	const written = ["resource_limits", "sla_enforcement", "security_constraints"]
		.flatMap((policy) =>
			[
				...rego(policy).matchAll(/contains violation\("(\w+)", ("\w+"|band),/g),
			].map(
				([, rule, severity = ""]) =>
					`${policy} ${rule} ${severity === "band" ? "that of the band" : severity.slice(1, -1)}`,
			),
		)
		.concat("sla_enforcement deadline_approaching_threshold warning");
	assert.deepEqual(
		[...new Set(said.map((one) => one.trim()))].sort(),
		[...new Set(written)].sort(),
	);
});

test("docs/policies.md: the limits by risk band are those of the Rego", () => {
	const limitsOf = (name: string) => {
		const found = new RegExp(`^${name} := (.*)$`, "m").exec(rego("terms"));
		const limits = JSON.parse(found?.[1] ?? "{}") as Record<string, number>;
		return Object.entries(limits);
	};
	const spoken = (ms: number) =>
		ms % 3_600_000 === 0 ? `${ms / 3_600_000} h` : `${ms / 60_000} min`;
	const timeouts = limitsOf("timeout_limits_ms").map(
		([band, ms]) => `${band} ${spoken(ms)}`,
	);
	assert.equal(timeouts.length, 4);
	assert.ok(text.includes(timeouts.join(", ")), timeouts.join(", "));
	const retries = limitsOf("retry_limits").map((one) => one.join(" "));
	assert.ok(text.includes(retries.join(", ")), retries.join(", "));
});

test("docs/policies.md, docs/sla.md: every metric they name exists", () => {
	const sla = readFileSync(path.join(root, "docs", "sla.md"), "utf8");
	const named = `${text}${sla}`.matchAll(/`(orchestration_\w+)/g);
	const known = new Set(Object.values(declaredMetrics).map(({ name }) => name));
	for (const [, name = ""] of named) assert.ok(known.has(name), name);
});
