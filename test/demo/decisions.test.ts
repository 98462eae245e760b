import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain, diamond, fanOut, layers } from "../../demo/shapes.ts";
import { cognitivePlanSchema } from "../../schemas/cognitive-plan.ts";
import { consolidatedDecisionSchema } from "../../schemas/consolidated-decision.ts";
import { validatePlan } from "../../src/domain/validate-plan.ts";

const shapes = {
	chain: { tasks: chain(6), count: 6, edges: 5 },
	diamond: { tasks: diamond(), count: 4, edges: 4 },
	fanOut: { tasks: fanOut(200), count: 202, edges: 400 },
	layers: { tasks: layers(5, 4), count: 20, edges: 64 },
};

for (const [name, { tasks, count, edges }] of Object.entries(shapes)) {
	test(`buildPlan: ${name} keeps the contract and is a valid plan`, () => {
		const plan = buildPlan({ plan_id: `p-${name}`, tasks });
		assert.deepEqual([...Value.Errors(cognitivePlanSchema, plan)], []);
		assert.equal(plan.tasks.length, count);
		const found = plan.tasks.flatMap(({ dependencies }) => dependencies);
		assert.equal(found.length, edges);
		const validation = validatePlan({
			plan,
			planId: plan.plan_id,
			nowMs: Date.now(),
			maxTasks: 1_000,
		});
		assert.deepEqual(validation.valid, true);
	});
}

test("buildDecision: keeps the contract and carries the plan as text", () => {
	const plan = buildPlan({ plan_id: "p-1", tasks: diamond() });
	const decision = buildDecision(plan);
	assert.deepEqual([...Value.Errors(consolidatedDecisionSchema, decision)], []);
	assert.deepEqual(JSON.parse(decision.cognitive_plan ?? ""), plan);
	assert.match(decision.hash, /^[0-9a-f]{64}$/);
});

test("buildDecision: another outcome has another hash", () => {
	const plan = buildPlan({ plan_id: "p-1", tasks: diamond() });
	const created_at = 1_700_000_000_000;
	const approved = buildDecision(plan, { created_at });
	const rejected = buildDecision(plan, {
		created_at,
		final_decision: "reject",
	});
	assert.notEqual(approved.hash, rejected.hash);
	assert.equal(approved.hash, buildDecision(plan, { created_at }).hash);
});
