import assert from "node:assert/strict";
import { test } from "node:test";
import { createScenarios } from "../../demo/scenarios.ts";
import { readDecision } from "../../src/domain/read-decision.ts";
import { validatePlan } from "../../src/domain/validate-plan.ts";

const scenarios = createScenarios("x");

test("createScenarios: plan ids are unique and of this run", () => {
	const ids = new Set(scenarios.map(({ planId }) => planId));
	assert.equal(ids.size, scenarios.length);
	for (const id of ids) assert.match(id, /^demo-x-/);
});

test("createScenarios: both versions of the orchestrator take part", () => {
	const versions = new Set(scenarios.map(({ expected }) => expected.version));
	assert.deepEqual(versions, new Set(["V1", "V2", null]));
});

for (const { name, planId, records, expected } of scenarios) {
	test(`createScenarios: ${name} is readable, and its plan is ${expected.status}`, () => {
		for (const record of records) {
			const reading = readDecision(record);
			assert.ok(reading.ok);
			assert.equal(reading.decision.plan_id, planId);
			const { plan } = reading;
			const nowMs = Date.now();
			const { valid } = validatePlan({ plan, planId, nowMs, maxTasks: 1_000 });
			// The denied plan is sound: only a policy forbids it.
			assert.equal(valid, expected.status !== "INVALID" || name === "denied");
		}
	});
}

test("createScenarios: the invalid plan has all its faults", () => {
	const invalid = scenarios.find(({ name }) => name === "invalid");
	const reading = readDecision(invalid?.records[0]);
	assert.ok(reading.ok && invalid !== undefined);
	const validation = validatePlan({
		plan: reading.plan,
		planId: invalid.planId,
		nowMs: Date.now(),
		maxTasks: 1_000,
	});
	assert.ok(!validation.valid);
	const codes = validation.problems.map(({ code }) => code);
	assert.deepEqual(codes.sort(), [
		"DEPENDENCY_UNKNOWN",
		"FIELD_INVALID",
		"TASK_ID_DOUBLED",
		"TASK_NOT_ORDERED",
		"TASK_UNKNOWN",
	]);
});
