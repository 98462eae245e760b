import assert from "node:assert/strict";
import { test } from "node:test";
import { planWorkflowId } from "../../src/temporal/workflow-ids.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openPlanClient } from "./open-plan-client.ts";

test("describe: a workflow as Temporal knows it, while it runs and when it has ended", async (t) => {
	const { plans, runPlan } = await openPlanClient(t);
	const decision = someDecision();
	await plans.startPlan(runInput(decision));
	const workflowId = planWorkflowId(decision.plan_id);
	const running = await plans.describe(workflowId);
	assert.equal(running?.status, "RUNNING");
	assert.equal(running.workflow_type, "orchestratePlan");
	assert.equal(running.close_time, null);
	assert.equal(running.result_summary, null);
	assert.equal(plans.planIdOf(workflowId), decision.plan_id);
	const { plan_id } = await runPlan("completed");
	const ended = await plans.describe(planWorkflowId(plan_id));
	assert.equal(ended?.status, "COMPLETED");
	assert.ok(Date.parse(ended.close_time ?? "") > 0);
	assert.equal(await plans.describe("orch-nobody"), undefined);
	assert.equal(await plans.describe("temporal-sys-scheduler"), undefined);
});

test("query: an answer, a refusal, nobody there", async (t) => {
	const { plans } = await openPlanClient(t);
	const decision = someDecision();
	await plans.startPlan(runInput(decision));
	const workflowId = planWorkflowId(decision.plan_id);
	const answer = await plans.query(workflowId, "tickets", [{ offset: 2 }]);
	assert.deepEqual(answer, { result: [{ offset: 2 }] });
	await assert.rejects(plans.query(workflowId, "no_such_question", []), {
		code: "REQUEST_INVALID",
	});
	assert.equal(await plans.query("orch-nobody", "plan", []), undefined);
});
