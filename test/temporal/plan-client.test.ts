import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { Client, Connection } from "@temporalio/client";
import type { DecisionSummary } from "../../src/domain/plan-run.ts";
import { searchAttributes } from "../../src/domain/search-attributes.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import {
	decisionWorkflowId,
	planWorkflowId,
} from "../../src/temporal/workflow-ids.ts";
import { eventually } from "../support/eventually.ts";
import {
	recordInput,
	runInput,
	someDecision,
	someResult,
} from "../support/plan-inputs.ts";
import { openTemporal } from "../support/plan-worker.ts";
import { finishSignal, setStatusSignal } from "../support/plan-workflow.ts";
import { serverAddress } from "../support/server-address.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";
import { openPlanClient, otherDecision } from "./open-plan-client.ts";

test("recordDecision: recorded once, under its own id", async (t) => {
	const { client, plans } = await openPlanClient(t);
	const decision = someDecision({ final_decision: "reject" });
	const workflow_id = decisionWorkflowId(decision.decision_id);
	const input = recordInput(decision);
	assert.deepEqual(await plans.recordDecision(input), {
		kind: "recorded",
		workflow_id,
	});
	assert.deepEqual(await plans.recordDecision(input), {
		kind: "duplicate",
		workflow_id,
	});
	const handle = client.workflow.getHandle(workflow_id);
	assert.equal(await handle.result(), decision.decision_id);
});

test("recordDecision: a reject reaches a plan that waits for approval, and no other", async (t) => {
	const { client, plans } = await openPlanClient(t);
	const start = async (status: string) => {
		const decision = someDecision({ final_decision: "review_required" });
		await plans.startPlan(runInput(decision));
		const handle = client.workflow.getHandle(planWorkflowId(decision.plan_id));
		await handle.signal(setStatusSignal, status);
		await eventually(async () => {
			const { typedSearchAttributes } = await handle.describe();
			return typedSearchAttributes.get(searchAttributes.planStatus) === status;
		});
		return { decision, handle };
	};
	const rejectOf = ({ plan_id }: DecisionSummary) =>
		someDecision({ plan_id, final_decision: "reject" });

	await t.test("waiting: the run ends", async () => {
		const { decision, handle } = await start("AWAITING_APPROVAL");
		await plans.recordDecision(recordInput(rejectOf(decision)));
		await assert.rejects(handle.result(), /failed/);
	});
	await t.test("running: recorded, no effect", async () => {
		const { decision, handle } = await start("RUNNING");
		const { kind } = await plans.recordDecision(
			recordInput(rejectOf(decision)),
		);
		assert.equal(kind, "recorded");
		await handle.signal(finishSignal, "completed");
		assert.equal(await handle.result(), "completed");
	});
	await t.test("an old reject again: the next run goes on", async () => {
		const { decision, handle } = await start("AWAITING_APPROVAL");
		const reject = recordInput(rejectOf(decision));
		await plans.recordDecision(reject);
		await assert.rejects(handle.result(), /failed/);
		await plans.startPlan(runInput(otherDecision(decision)));
		assert.equal((await plans.recordDecision(reject)).kind, "duplicate");
		await handle.signal(finishSignal, "completed");
		assert.equal(await handle.result(), "completed");
	});
});

test("countOpenPlans: counts plans at work only, of its own queue", async (t) => {
	const { client, plans } = await openPlanClient(t);
	assert.equal(await plans.countOpenPlans(), 0);
	const decisions = [someDecision(), someDecision(), someDecision()];
	for (const decision of decisions) await plans.startPlan(runInput(decision));
	await plans.recordDecision(recordInput(someDecision()));
	await eventually(async () => {
		return (await plans.countOpenPlans()) === 3;
	});
	const [waiting, ended] = decisions.map(({ plan_id }) =>
		client.workflow.getHandle(planWorkflowId(plan_id)),
	);
	await waiting?.signal(setStatusSignal, "AWAITING_APPROVAL");
	await ended?.signal(finishSignal, "completed");
	await eventually(async () => {
		return (await plans.countOpenPlans()) === 1;
	});
	const open3 = await plans.listOpenPlans(10);
	assert.equal(open3.plans.length, 2);
	assert.equal((await plans.listOpenPlans(1)).plans.length, 1);
});

test("listOpenPlans: a plan whose workflow does not answer is named, and the rest is told", async (t) => {
	const { client, plans, taskQueue } = await openPlanClient(t);
	const decision = someDecision();
	await plans.startPlan(runInput(decision));
	const broken = `p-${randomUUID()}`;
	await client.workflow.start("orchestratePlan", {
		taskQueue,
		workflowId: planWorkflowId(broken),
		args: [{}],
		workflowExecutionTimeout: "1m",
	});
	const { plans: told, missing } = await eventually(async () => {
		const open = await plans.listOpenPlans(10);
		return open.plans.length + open.missing.length === 2 && open;
	});
	assert.equal(told[0]?.plan_id, decision.plan_id);
	assert.deepEqual(missing, [broken]);
});

test("readPlan, readTickets, readWhy, command: answers of the run, or that there is none", async (t) => {
	const { plans } = await openPlanClient(t);
	const decision = someDecision();
	const planId = decision.plan_id;
	await plans.startPlan(runInput(decision));
	assert.equal((await plans.readPlan(planId))?.plan_id, planId);
	assert.deepEqual(await plans.readTickets(planId, { offset: 3 }), [
		{ offset: 3 },
	]);
	assert.equal((await plans.readWhy(planId))?.total, 0);
	const nobody = `p-${randomUUID()}`;
	assert.equal(await plans.readPlan(nobody), undefined);
	assert.equal(await plans.readTickets(nobody), undefined);

	const cancel = (id: string, reason: string) =>
		plans.command(id, "cancel", { actor: "test", reason });
	await assert.rejects(cancel(nobody, "x"), { code: "PLAN_NOT_FOUND" });
	await assert.rejects(cancel(planId, ""), {
		code: "COMMAND_REFUSED",
		message: "a reason is needed",
	});
	const answer = await cancel(planId, "PLAN_CANCELLED");
	assert.equal(answer.plan_id, planId);
	assert.equal(answer.status, "CANCELLED");
	await eventually(async () => {
		return await cancel(planId, "x").then(
			() => false,
			(error: { message: string }) => /has ended/.test(error.message),
		);
	});
});

test("createPlanClient: without Temporal every call says so, in bounded time", async (t) => {
	const { taskQueue } = await openTemporal(t);
	const plans = createPlanClient({
		client: () => Promise.reject(new Error("no connection")),
		taskQueue,
	});
	const away = { code: "TEMPORAL_UNAVAILABLE" };
	const decision = someDecision();
	await assert.rejects(plans.startPlan(runInput(decision)), away);
	await assert.rejects(plans.recordDecision(recordInput(decision)), away);
	await assert.rejects(plans.signalResults("p", [someResult("t")]), away);
	await assert.rejects(plans.countOpenPlans(), away);
});

test("createPlanClient: with a Temporal that does not answer every call says that it was a timeout", async (t) => {
	const { taskQueue } = await openTemporal(t);
	const proxy = await openTcpProxy(t, serverAddress("TEMPORAL_HOST"));
	const connection = await Connection.connect({ address: proxy.address });
	t.after(() => connection.close());
	const plans = createPlanClient({
		client: () => new Client({ connection }),
		taskQueue,
		callTimeoutMs: 300,
	});
	proxy.freeze();
	await assert.rejects(plans.countOpenPlans(), {
		code: "TEMPORAL_UNAVAILABLE",
		message: /timeout: /,
	});
});
