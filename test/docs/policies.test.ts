import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import Type from "typebox";
import { featureFlagNames } from "../../src/domain/policy-words.ts";
import { settingFacts } from "../../src/settings/describe-setting.ts";
import { policySettings } from "../../src/settings/policy.ts";
import { countedRules } from "../../src/telemetry/declared/policy-rules.ts";
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
