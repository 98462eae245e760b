import assert from "node:assert/strict";
import { test } from "node:test";
import { validatePlan } from "../../src/domain/validate-plan.ts";
import { planJson } from "../support/plans.ts";

test("validatePlan: ids that only look the same are told apart by their code points", () => {
	const plan = planJson([["caf\u00e9"], ["b", ["cafe\u0301", "b "]]], {
		plan_id: "p-1 ",
		execution_order: ["caf\u00e9", "b"],
	});
	const validation = validatePlan({
		plan,
		planId: "p-1",
		nowMs: 0,
		maxTasks: 9,
	});
	assert.ok(!validation.valid);
	assert.deepEqual(
		validation.problems.map(({ message }) => message),
		[
			'$.plan_id is "p-1 ", but the decision is about "p-1": they must be equal; from character 4 on it has U+0020, that one nothing',
			'$.tasks[1].dependencies[0] names "cafe\u0301", which is no task of the plan; it only looks like $.tasks[0].task_id: from character 4 on it has U+0065 U+0301, that one U+00E9',
			'$.tasks[1].dependencies[1] names "b ", which is no task of the plan; it only looks like $.tasks[1].task_id: from character 2 on it has U+0020, that one nothing',
		],
	);
});

test("validatePlan: ids that no URL can carry and days that are none are refused; earlier builds took them", () => {
	const plan = planJson([["."], ["..", ["."]]], { valid_until: "2126-02-31" });
	const input = { plan, planId: "p-1", nowMs: 0, maxTasks: 9 };
	const validation = validatePlan(input);
	assert.ok(!validation.valid);
	assert.deepEqual(
		validation.problems.map(({ path }) => path),
		["$.valid_until", "$.tasks[0].task_id", "$.tasks[1].task_id"],
	);
	const former = validatePlan({ ...input, formerRules: true });
	assert.ok(former.valid);
	const { valid_until } = former.validated.plan;
	assert.equal(valid_until, Date.UTC(2126, 2, 3));
});
