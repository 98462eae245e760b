import assert from "node:assert/strict";
import { test } from "node:test";
import {
	describeViolation,
	judgeDocuments,
	type SeverityRules,
} from "../../src/domain/policy-verdict.ts";

const rules: SeverityRules = { blocking: ["critical", "high"], byRule: {} };
const path = "neuralhive/orchestrator/resource_limits";
const flagsPath = "neuralhive/orchestrator/feature_flags";
const found = (severity: string, rule = "some_rule") => ({
	policy: "resource_limits",
	rule,
	severity,
	field: "sla.timeout_ms",
	msg: "it is too long",
	expected: 5,
	actual: 7,
});
const judge = (document: unknown, changes: Partial<SeverityRules> = {}) =>
	judgeDocuments({ [path]: document }, { ...rules, ...changes }, flagsPath);
const judgeFlags = (document: unknown) =>
	judgeDocuments({ [flagsPath]: document }, rules, flagsPath);

test("judgeDocuments: critical and high forbid, medium and low warn, the worst first", () => {
	const violations = ["low", "high", "medium", "critical"].map((one) =>
		found(one),
	);
	const { denials, warnings } = judge({ allow: false, violations });
	assert.deepEqual(
		[denials, warnings].map((list) => list.map(({ severity }) => severity)),
		[
			["critical", "high"],
			["medium", "low"],
		],
	);
});

test("judgeDocuments: which severities forbid, and a rule's severity, can be set", () => {
	const violations = [found("medium"), found("critical", "late")];
	const { denials, warnings } = judge(
		{ violations },
		{ blocking: ["medium"], byRule: { late: "low" } },
	);
	assert.deepEqual(
		denials.map(({ rule }) => rule),
		["some_rule"],
	);
	assert.deepEqual(
		warnings.map(({ rule, severity }) => [rule, severity]),
		[["late", "low"]],
	);
});

test("judgeDocuments: a warning never forbids", () => {
	const warnings = [{ rule: "near", msg: "it is near" }];
	const verdict = judge({ allow: true, violations: [], warnings });
	assert.equal(verdict.denials.length, 0);
	assert.equal(verdict.warnings[0]?.policy, "resource_limits");
});

test("judgeDocuments: allow = false without a rule forbids", () => {
	const [denial] = judge({ allow: false, violations: [] }).denials;
	assert.equal(denial?.rule, "not_allowed");
});

test("judgeDocuments: feature flags are read, and what is missing is off", () => {
	const { flags } = judgeFlags({ enable_burst_capacity: true });
	assert.equal(flags?.enable_burst_capacity, true);
	assert.equal(flags?.enable_intelligent_scheduler, false);
});

test("judgeDocuments: a feature in a document that decides takes nothing from the decision", () => {
	const document = {
		allow: false,
		violations: [found("critical")],
		enable_burst_capacity: false,
	};
	const limits = judge(document);
	assert.equal(limits.denials.length, 1);
	assert.equal(limits.flags, null);
	const flags = judgeFlags(document);
	assert.equal(flags.denials.length, 1);
	assert.equal(flags.flags?.enable_burst_capacity, false);
});

test("judgeDocuments: features alone are no decision of another policy", () => {
	assert.throws(() => judge({ enable_burst_capacity: true }), /neither allow/);
});

for (const document of [
	undefined,
	null,
	true,
	"allow",
	[],
	{},
	{ allow: "yes" },
	{ violations: {} },
	{ allow: true, violations: "none" },
	{ allow: true, warnings: 7 },
	{ violations: ["late"] },
	{ violations: [found("deadly")] },
])
	test(`judgeDocuments: ${JSON.stringify(document)} is no decision`, () => {
		assert.throws(() => judge(document), /policy neuralhive/);
	});

test("judgeDocuments: findings are bounded in number and length", () => {
	const long = "x".repeat(10_000);
	const violations = Array.from({ length: 1_000 }, () => ({
		...found("high"),
		msg: long,
		actual: { long },
	}));
	const { denials } = judge({ violations });
	assert.equal(denials.length, 50);
	assert.ok(JSON.stringify(denials).length < 100_000);
});

test("judgeDocuments: what forbids counts wherever it stands, and is kept before what warns", () => {
	const low = Array.from({ length: 60 }, () => found("low"));
	const late = [...low, found("critical"), found("low", "set")];
	const { denials, warnings } = judge(
		{ allow: false, violations: late, warnings: [{ rule: "near" }] },
		{ byRule: { set: "high" } },
	);
	assert.deepEqual(
		denials.map(({ rule, severity }) => [rule, severity]),
		[
			["some_rule", "critical"],
			["set", "high"],
		],
	);
	assert.equal(warnings.length, 50);
	assert.throws(() => judge({ violations: [...low, found("deadly")] }));
});

test("describeViolation: one sentence with package, rule, severity, field, expected and actual", () => {
	const [denial] = judge({ violations: [found("high")] }).denials;
	assert.equal(
		denial && describeViolation(denial),
		"resource_limits/some_rule, high: sla.timeout_ms: it is too long (expected 5, is 7)",
	);
});
