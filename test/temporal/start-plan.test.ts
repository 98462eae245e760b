import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "@temporalio/client";
import { msToTs } from "@temporalio/common/lib/time.js";
import { bareDecisionId } from "../../src/domain/bare-plan.ts";
import { closedUnpublishedTypes } from "../../src/domain/plan-run.ts";
import { searchAttributes } from "../../src/domain/search-attributes.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import { planWorkflowId } from "../../src/temporal/workflow-ids.ts";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openTemporal } from "../support/plan-worker.ts";
import { finishSignal } from "../support/plan-workflow.ts";
import { openPlanClient, otherDecision } from "./open-plan-client.ts";

test("startPlan: while the plan is open", async (t) => {
	const { client, plans } = await openPlanClient(t);
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
			await plans.startPlan(runInput(otherDecision(decision))),
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

test("startPlan: a bare plan that an earlier build started under its own id is a duplicate", async (t) => {
	const { plans } = await openPlanClient(t);
	const { plan_id } = someDecision();
	const bare = { plan_id, kind: "bare-plan" } as const;
	const decision_id = `direct-${plan_id}`;
	const before = runInput(someDecision({ ...bare, decision_id }));
	assert.equal((await plans.startPlan(before)).kind, "started");
	const now = someDecision({ ...bare, decision_id: bareDecisionId(plan_id) });
	assert.equal((await plans.startPlan(runInput(now))).kind, "duplicate");
	const named = someDecision({ plan_id, decision_id: bareDecisionId(plan_id) });
	assert.equal((await plans.startPlan(runInput(named))).kind, "refused");
});

test("startPlan: two at once start one run", async (t) => {
	const { plans } = await openPlanClient(t);
	const decision = someDecision();
	const starts = Array.from({ length: 8 }, () =>
		plans.startPlan(runInput(decision)),
	);
	const kinds = (await Promise.all(starts)).map(({ kind }) => kind);
	assert.equal(kinds.filter((kind) => kind === "started").length, 1);
	assert.equal(kinds.filter((kind) => kind === "duplicate").length, 7);
});

test("startPlan: after the run closed", async (t) => {
	const { client, plans, runPlan } = await openPlanClient(t);

	for (const end of ["completed", "PLAN_FAILED_OTHERWISE"]) {
		await t.test(`${end}: executed, so it never starts again`, async () => {
			const decision = await runPlan(end);
			const again = await plans.startPlan(runInput(decision));
			assert.equal(again.kind, "duplicate");
			const refused = await plans.startPlan(runInput(otherDecision(decision)));
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
	await t.test(
		"denied by policies: the same decision starts again, if somebody asks for it",
		async () => {
			const decision = await runPlan("PLAN_DENIED");
			const delivered = await plans.startPlan(runInput(decision));
			assert.equal(delivered.kind, "duplicate", "delivered again");
			const asked = { ...runInput(decision), asks_again: true as const };
			assert.equal((await plans.startPlan(asked)).kind, "started");
			assert.equal((await plans.startPlan(asked)).kind, "duplicate", "it runs");
			const invalid = await runPlan("PLAN_INVALID");
			const again = { ...runInput(invalid), asks_again: true as const };
			assert.equal((await plans.startPlan(again)).kind, "duplicate");
		},
	);
	await t.test("terminated: counts as executed", async () => {
		const decision = someDecision();
		await plans.startPlan(runInput(decision));
		await client.workflow
			.getHandle(planWorkflowId(decision.plan_id))
			.terminate();
		assert.partialDeepStrictEqual(
			await plans.startPlan(runInput(otherDecision(decision))),
			{ kind: "refused", code: "PLAN_ALREADY_RAN" },
		);
	});
	await t.test(
		"the documents show the end, and the run is about to close: the corrected plan waits for that",
		async () => {
			const decision = someDecision();
			await plans.startPlan(runInput(decision));
			const corrected = runInput(decision, { tasks: [3] });
			const starting = plans.startPlan(corrected, { hasEnded: true });
			await sleep(300);
			await client.workflow
				.getHandle(planWorkflowId(decision.plan_id))
				.signal(finishSignal, "PLAN_REJECTED");
			assert.equal((await starting).kind, "started");
		},
	);
	await t.test("it does not close: refused", async () => {
		const decision = someDecision();
		await plans.startPlan(runInput(decision));
		const corrected = runInput(decision, { tasks: [4] });
		assert.partialDeepStrictEqual(
			await plans.startPlan(corrected, { hasEnded: true }),
			{ kind: "refused", code: "PLAN_ALREADY_OPEN" },
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
	const { plans } = await openPlanClient(t);
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
