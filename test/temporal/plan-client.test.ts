import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import { Client } from "@temporalio/client";
import { msToTs } from "@temporalio/common/lib/time.js";
import {
	closedUnpublishedTypes,
	type DecisionSummary,
} from "../../src/domain/plan-run.ts";
import {
	createPlanClient,
	type PlanClient,
} from "../../src/temporal/plan-client.ts";
import { searchAttributes } from "../../src/temporal/search-attributes.ts";
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
import { openTemporal, startPlanWorker } from "../support/plan-worker.ts";
import { finishSignal, setStatusSignal } from "../support/plan-workflow.ts";

interface Fixture {
	client: Client;
	plans: PlanClient;
	/** Starts a plan and lets its run end: `completed`, or a failure's type. */
	runPlan(end: string): Promise<DecisionSummary>;
}

async function open(t: TestContext): Promise<Fixture> {
	const { client, taskQueue } = await startPlanWorker(t);
	const plans = createPlanClient({ client: () => client, taskQueue });
	return {
		client,
		plans,
		async runPlan(end) {
			const decision = someDecision();
			await plans.startPlan(runInput(decision));
			const handle = client.workflow.getHandle(
				planWorkflowId(decision.plan_id),
			);
			await handle.signal(finishSignal, end);
			await handle.result().catch(() => undefined);
			return decision;
		},
	};
}

const other = (decision: DecisionSummary) =>
	someDecision({ plan_id: decision.plan_id });

test("startPlan: while the plan is open", async (t) => {
	const { client, plans } = await open(t);
	const decision = someDecision({ intent_id: "intenção" });
	const workflow_id = planWorkflowId(decision.plan_id);

	await t.test("starts it, findable and with its memo", async () => {
		const input = runInput(decision);
		assert.deepEqual(await plans.startPlan(input), {
			kind: "started",
			workflow_id,
		});
		const run = await client.workflow.getHandle(workflow_id).describe();
		assert.deepEqual(run.memo, {
			decision_id: decision.decision_id,
			plan_hash: input.plan_hash,
		});
		const found = run.typedSearchAttributes;
		assert.equal(found.get(searchAttributes.planId), decision.plan_id);
		assert.equal(found.get(searchAttributes.decisionId), decision.decision_id);
		assert.equal(found.get(searchAttributes.planStatus), "VALIDATING");
		assert.equal(found.get(searchAttributes.riskBand), "high");
		assert.equal(found.get(searchAttributes.orchestratorVersion), "V1");
		assert.equal(run.priority?.priorityKey, 2);
	});
	await t.test("the same decision again is a duplicate", async () => {
		for (let time = 0; time < 2; time += 1) {
			const { kind } = await plans.startPlan(runInput(decision));
			assert.equal(kind, "duplicate");
		}
	});
	await t.test("another decision is refused", async () => {
		assert.partialDeepStrictEqual(
			await plans.startPlan(runInput(other(decision))),
			{ kind: "refused", code: "PLAN_ALREADY_OPEN" },
		);
	});
	await t.test("the same decision with another plan is refused", async () => {
		const changed = { plan_id: decision.plan_id, tasks: [1] };
		assert.partialDeepStrictEqual(
			await plans.startPlan(runInput(decision, changed)),
			{ kind: "refused", code: "PLAN_ALREADY_OPEN" },
		);
	});
});

test("startPlan: two at once start one run", async (t) => {
	const { plans } = await open(t);
	const decision = someDecision();
	const starts = Array.from({ length: 8 }, () =>
		plans.startPlan(runInput(decision)),
	);
	const kinds = (await Promise.all(starts)).map(({ kind }) => kind);
	assert.equal(kinds.filter((kind) => kind === "started").length, 1);
	assert.equal(kinds.filter((kind) => kind === "duplicate").length, 7);
});

test("startPlan: after the run closed", async (t) => {
	const { client, plans, runPlan } = await open(t);

	for (const end of ["completed", "PLAN_FAILED_OTHERWISE"]) {
		await t.test(`${end}: executed, so it never starts again`, async () => {
			const decision = await runPlan(end);
			const again = await plans.startPlan(runInput(decision));
			assert.equal(again.kind, "duplicate");
			const refused = await plans.startPlan(runInput(other(decision)));
			assert.partialDeepStrictEqual(refused, {
				kind: "refused",
				code: "PLAN_ALREADY_RAN",
			});
			assert.match(refused.kind === "refused" ? refused.hint : "", /rerun/);
		});
	}
	for (const end of closedUnpublishedTypes) {
		await t.test(`${end}: nothing was published`, async () => {
			const decision = await runPlan(end);
			const again = await plans.startPlan(runInput(decision));
			assert.equal(again.kind, "duplicate", "the same decision and plan");
			const corrected = { plan_id: decision.plan_id, tasks: [2] };
			const started = await plans.startPlan(runInput(decision, corrected));
			assert.equal(started.kind, "started", "a corrected plan");
		});
	}
	await t.test("terminated: counts as executed", async () => {
		const decision = someDecision();
		await plans.startPlan(runInput(decision));
		await client.workflow
			.getHandle(planWorkflowId(decision.plan_id))
			.terminate();
		assert.partialDeepStrictEqual(
			await plans.startPlan(runInput(other(decision))),
			{ kind: "refused", code: "PLAN_ALREADY_RAN" },
		);
	});
	await t.test("corrected twice at once: one starts", async () => {
		const decision = await runPlan("PLAN_INVALID");
		const starts = ["a", "b", "c"].map((tasks) =>
			plans.startPlan(runInput(decision, { tasks })),
		);
		const kinds = (await Promise.all(starts)).map(({ kind }) => kind);
		assert.deepEqual(kinds.sort(), ["refused", "refused", "started"]);
	});
});

test("startPlan: what Temporal will never take is an answer", async (t) => {
	const { plans } = await open(t);
	const decision = someDecision();
	const plan = { plan_id: decision.plan_id, text: "x".repeat(2_500_000) };
	assert.partialDeepStrictEqual(
		await plans.startPlan(runInput(decision, plan)),
		{ kind: "refused", code: "PLAN_TOO_LARGE" },
	);
	const wordy = { risk_band: "x".repeat(10_000), original_domain: 7 };
	const { kind } = await plans.startPlan(runInput(decision, wordy));
	assert.equal(kind, "started", "words of a plan are C1's question");
});

test("recordDecision: recorded once, under its own id", async (t) => {
	const { client, plans } = await open(t);
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
	const { client, plans } = await open(t);
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
		await plans.startPlan(runInput(other(decision)));
		assert.equal((await plans.recordDecision(reject)).kind, "duplicate");
		await handle.signal(finishSignal, "completed");
		assert.equal(await handle.result(), "completed");
	});
});

test("countOpenPlans: counts plans at work only, of its own queue", async (t) => {
	const { client, plans } = await open(t);
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
	assert.equal(open3.length, 2);
	assert.equal((await plans.listOpenPlans(1)).length, 1);
});

test("readPlan, readTickets, readWhy, command: answers of the run, or that there is none", async (t) => {
	const { plans } = await open(t);
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
	assert.deepEqual(await cancel(planId, "PLAN_CANCELLED"), {
		plan_id: planId,
		status: "CANCELLED",
	});
	await eventually(async () => {
		return await cancel(planId, "x").then(
			() => false,
			(error: { message: string }) => /has ended/.test(error.message),
		);
	});
});

test("startPlan: search attributes nobody registered are no fault of the plan", async (t) => {
	const { client, taskQueue } = await openTemporal(t);
	const namespace = `bare-${randomUUID()}`;
	await client.workflowService.registerNamespace({
		namespace,
		workflowExecutionRetentionPeriod: msToTs("1 day"),
	});
	const bare = new Client({ connection: client.connection, namespace });
	const plans = createPlanClient({ client: () => bare, taskQueue });
	await assert.rejects(plans.startPlan(runInput(someDecision())), {
		code: "TEMPORAL_UNAVAILABLE",
	});
	await eventually(async () => {
		const error = await plans
			.startPlan(runInput(someDecision()))
			.catch((reason: Error) => reason);
		return error instanceof Error && /search attribute/i.test(error.message);
	}, 30_000);
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
