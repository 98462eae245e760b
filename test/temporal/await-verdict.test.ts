import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import type { PlanClient } from "../../src/temporal/plan-client.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf, type World } from "../support/plan-world.ts";

function plansOf({ client, taskQueue }: World, other?: string): PlanClient {
	return createPlanClient({
		client: () => client,
		taskQueue: other ?? taskQueue,
		callTimeoutMs: 2_000,
	});
}

test("awaitVerdict: a sound plan, and one with every problem named", async (t) => {
	const world = await openWorld(t);
	const plans = plansOf(world);
	const sound = someDecision();
	const input = runInput(
		sound,
		planOf(sound.plan_id, [{ id: "a" }, { id: "b", needs: ["a"] }]),
	);
	await plans.startPlan(input);
	const verdict = await plans.awaitVerdict(sound.plan_id);
	assert.equal(verdict?.valid, true);
	assert.deepEqual(verdict?.problems, []);
	assert.equal(verdict?.plan_hash, input.plan_hash);
	assert.equal(verdict?.tickets, 2);

	const unsound = someDecision();
	const loop = planOf(unsound.plan_id, [{ id: "a", needs: ["a", "x"] }]);
	await plans.startPlan(runInput(unsound, loop));
	const refused = await plans.awaitVerdict(unsound.plan_id);
	assert.equal(refused?.valid, false);
	assert.equal(refused?.status, "INVALID");
	assert.ok((refused?.problems.length ?? 0) >= 2);
	// Also when its run has ended, and again.
	await assert.rejects(
		world.client.workflow.getHandle(`orch-${unsound.plan_id}`).result(),
	);
	assert.deepEqual(await plans.awaitVerdict(unsound.plan_id), refused);
});

test("awaitVerdict: a run that ended before anybody asked still says it", async (t) => {
	const world = await openWorld(t);
	const plans = plansOf(world);
	const decision = someDecision();
	await plans.startPlan(runInput(decision, planOf(decision.plan_id, [])));
	await assert.rejects(
		world.client.workflow.getHandle(`orch-${decision.plan_id}`).result(),
	);
	const verdict = await plans.awaitVerdict(decision.plan_id);
	assert.equal(verdict?.valid, false);
});

test("awaitVerdict: while C1 waits for the ledger there is none, and any number may ask", async (t) => {
	const found = Promise.withResolvers<void>();
	const decision = someDecision();
	const world = await openWorld(t, {
		ledger: {
			async readPlan(planId) {
				await found.promise;
				return planOf(planId, [{ id: "a" }]);
			},
		},
	});
	const plans = plansOf(world);
	await plans.startPlan(runInput(decision, null));
	const askTwelve = () =>
		Promise.all(
			Array.from({ length: 12 }, () => plans.awaitVerdict(decision.plan_id)),
		);
	assert.ok((await askTwelve()).every((verdict) => verdict === undefined));
	found.resolve();
	await eventually(async () => {
		const verdicts = await askTwelve();
		return verdicts.every((verdict) => verdict?.tickets === 1);
	}, 30_000);
});

test("awaitVerdict: without a plan or a worker there is none, in bounded time", async (t) => {
	const world = await openWorld(t);
	const plans = plansOf(world, `nobody-${randomUUID()}`);
	const decision = someDecision();
	const { plan_id } = decision;
	assert.equal(await plans.awaitVerdict(plan_id), undefined);
	await plans.startPlan(runInput(decision, planOf(plan_id, [{ id: "a" }])));
	assert.equal(await plans.awaitVerdict(plan_id), undefined);
	await world.client.workflow.getHandle(`orch-${plan_id}`).terminate();
});
