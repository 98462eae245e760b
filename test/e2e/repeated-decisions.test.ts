import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Client, Connection, WorkflowNotFoundError } from "@temporalio/client";
import { Redis } from "ioredis";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { serverAddress } from "../support/server-address.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld({ after });
const connection = await Connection.connect({
	address: serverAddress("TEMPORAL_HOST"),
});
after(() => connection.close());
const temporal = new Client({ connection });
const [node = ""] = serverAddress("REDIS_CLUSTER_NODES").split(",");
const redis = new Redis(`redis://${node}`);
after(() => redis.disconnect());

/** As when its retention is over. */
async function forgetInTemporal(workflowId: string): Promise<void> {
	await temporal.workflowService.deleteWorkflowExecution({
		namespace: "default",
		workflowExecution: { workflowId },
	});
	await world.eventually(() => isGone(workflowId));
}

async function isGone(workflowId: string): Promise<boolean> {
	try {
		await temporal.workflow.getHandle(workflowId).describe();
		return false;
	} catch (error) {
		if (error instanceof WorkflowNotFoundError) return true;
		throw error;
	}
}

/** Decisions that intake took for duplicates so far. */
async function duplicateCount(): Promise<number> {
	const response = await fetch(`${world.address()}/metrics`);
	const line =
		/^orchestrator_duplicates_detected_total\{.*decision_consumer.*\} (\d+)/m;
	return Number(line.exec(await response.text())?.[1] ?? 0);
}

async function publishAgain(decision: object): Promise<void> {
	const before = await duplicateCount();
	await world.publish(decision);
	await world.eventually(async () => (await duplicateCount()) === before + 1);
}

test("repeated decisions: when its workflow has left Temporal, a decision does not run again", async () => {
	const plan_id = newPlanId("repeated");
	const plan = buildPlan({ plan_id, tasks: [{ task_id: "a" }] });
	const decision = buildDecision(plan, {});
	await world.publish(decision);
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	await world.eventually(async () => {
		const [document] = await world.documents("workflows", { plan_id });
		return document?.status === "SUCCESS";
	});
	await forgetInTemporal(`orch-${plan_id}`);

	const key = `decision:processed:${decision.decision_id}`;
	assert.equal(await redis.exists(key), 1);
	await publishAgain(decision);

	await redis.del(key);
	await publishAgain(decision);
	assert.equal(await redis.exists(key), 1, "Redis knows it again");

	assert.ok(await isGone(`orch-${plan_id}`), "nothing was started");
	assert.equal(world.recordsOf("tickets", plan_id).length, 1);
	assert.equal(world.records("consensusDlq").length, 0);
});

test("repeated decisions: a new decision for a plan that ran and has left Temporal is refused", async () => {
	const plan_id = newPlanId("again");
	const plan = buildPlan({ plan_id, tasks: [{ task_id: "a" }] });
	await world.publish(buildDecision(plan, {}));
	await world.finalPlan(plan_id);
	await world.eventually(async () => {
		const [document] = await world.documents("workflows", { plan_id });
		return document?.status === "SUCCESS";
	});
	await forgetInTemporal(`orch-${plan_id}`);
	await world.publish(
		buildDecision(plan, { decision_id: `second-${plan_id}` }),
	);
	const [letter] = await world.eventually(() => {
		const letters = world.records("consensusDlq");
		return letters.length > 0 && letters;
	});
	assert.equal(letter?.body.reason, "PLAN_ALREADY_RAN");
	assert.ok(await isGone(`orch-${plan_id}`), "nothing was started");
});
