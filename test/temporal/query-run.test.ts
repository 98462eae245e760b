import assert from "node:assert/strict";
import { test } from "node:test";
import { openPlanClient } from "./open-plan-client.ts";

const ROUNDS = 30;
const AT_ONCE = 4;

test("query: every one of many at once is answered, also of a run that has closed", async (t) => {
	const { plans, runPlan } = await openPlanClient(t);
	const { plan_id } = await runPlan("completed");
	for (let round = 0; round < ROUNDS; round += 1) {
		const asked = Array.from({ length: AT_ONCE }, () =>
			plans.readPlan(plan_id),
		);
		for (const plan of await Promise.all(asked)) assert.ok(plan);
	}
});
