import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readPlan } from "../../src/domain/read-plan.ts";
import { planJson } from "../support/plans.ts";

test("readPlan: the fields of a cognitive plan, unknown ones ignored", () => {
	const { plan, problems } = readPlan({
		...planJson([
			[
				"a",
				[],
				{
					task_type: "BUILD",
					description: "build it",
					estimated_duration_ms: 5_000,
					required_capabilities: ["docker"],
					parameters: { image: "x" },
					metadata: { team: "y" },
					surprise: true,
				},
			],
		]),
		intent_id: "intenção",
		correlation_id: "c-1",
		original_domain: "TECHNICAL",
		original_priority: "HIGH",
		original_security_level: "CONFIDENTIAL",
		valid_until: "2030-01-01T00:00:00Z",
		schema_version: 1,
		surprise: {},
	});
	assert.deepEqual(problems, []);
	assert.deepEqual(plan, {
		plan_id: "p-1",
		intent_id: "intenção",
		correlation_id: "c-1",
		risk_band: "medium",
		risk_score: 0.4,
		domain: "TECHNICAL",
		priority: "HIGH",
		security_level: "CONFIDENTIAL",
		valid_until: Date.UTC(2030, 0, 1),
		tasks: [
			{
				task_id: "a",
				task_type: "BUILD",
				description: "build it",
				dependencies: [],
				estimated_duration_ms: 5_000,
				required_capabilities: ["docker"],
				parameters: { image: "x" },
				metadata: { team: "y" },
			},
		],
		execution_order: ["a"],
	});
});

test("readPlan: what is absent or null has its default", () => {
	const absent = readPlan(planJson([["a"]]));
	const nulls = readPlan(
		planJson(
			[
				[
					"a",
					[],
					{
						task_type: null,
						description: null,
						estimated_duration_ms: null,
						required_capabilities: null,
						parameters: null,
						metadata: null,
					},
				],
			],
			{ valid_until: null, original_priority: null, intent_id: null },
		),
	);
	for (const { plan, problems } of [absent, nulls]) {
		assert.deepEqual(problems, []);
		assert.equal(plan.valid_until, null);
		assert.equal(plan.priority, "");
		const [task] = plan.tasks;
		assert.equal(task?.task_type, "EXECUTE");
		assert.equal(task?.estimated_duration_ms, null);
		assert.deepEqual(task?.parameters, {});
	}
});

test("readPlan: the names of the earlier service, numbers for text, any case of a risk band", () => {
	const { plan, problems } = readPlan({
		...planJson([[7 as unknown as string], ["b", [7 as unknown as string]]]),
		priority: "low",
		security_level: "public",
		risk_band: "HIGH",
		risk_score: "0.5",
		schema_version: "1",
	});
	assert.deepEqual(problems, []);
	assert.deepEqual(
		plan.tasks.map(({ task_id, dependencies }) => [task_id, ...dependencies]),
		[["7"], ["b", "7"]],
	);
	assert.deepEqual(plan.execution_order, ["7", "b"]);
	assert.equal(plan.priority, "low");
	assert.equal(plan.security_level, "public");
	assert.equal(plan.risk_band, "high");
	assert.equal(plan.risk_score, 0.5);
});

const faults: [name: string, changes: Record<string, unknown>, path: string][] =
	[
		["an unknown risk band", { risk_band: "wild" }, "$.risk_band"],
		["a risk score above 1", { risk_score: 7 }, "$.risk_score"],
		["a date that is none", { valid_until: "soon" }, "$.valid_until"],
		["another schema version", { schema_version: 2 }, "$.schema_version"],
		["tasks that are no list", { tasks: {} }, "$.tasks"],
		["a task that is no object", { tasks: ["a"] }, "$.tasks[0]"],
		["no plan id", { plan_id: undefined }, "$.plan_id"],
		["no order", { execution_order: undefined }, "$.execution_order"],
	];

for (const [name, changes, path] of faults)
	test(`readPlan: ${name} is a problem at ${path}`, () => {
		const { problems } = readPlan(planJson([["a"]], changes));
		assert.ok(problems.some((problem) => problem.path === path));
	});

test("readPlan: a domain is cut to what a plan can be found by", () => {
	const { plan } = readPlan(
		planJson([["a"]], { original_domain: "x".repeat(5_000) }),
	);
	assert.equal(plan.domain?.length, 100);
});

test("readPlan: faults of a task have its place in their path", () => {
	const { problems } = readPlan(
		planJson([
			["a"],
			[
				"b",
				["a", {} as string],
				{
					estimated_duration_ms: -1,
					required_capabilities: "docker",
					parameters: [],
				},
			],
			["c", [], { estimated_duration_ms: 1e300 }],
		]),
	);
	assert.deepEqual(
		problems.map(({ path }) => path),
		[
			"$.tasks[1].dependencies[1]",
			"$.tasks[1].estimated_duration_ms",
			"$.tasks[1].required_capabilities",
			"$.tasks[1].parameters",
			"$.tasks[2].estimated_duration_ms",
		],
	);
});

test("readPlan: any JSON value is read without a throw", () =>
	fc.assert(
		fc.property(fc.jsonValue(), (value) => {
			const { plan } = readPlan(value);
			assert.ok(Array.isArray(plan.tasks));
		}),
	));
