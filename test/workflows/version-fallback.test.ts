import assert from "node:assert/strict";
import { test } from "node:test";
import { PLAN_OUTCOMES } from "../../src/domain/rollout/plan-outcome.ts";
import { bundlesOfOrder } from "../support/broken-order.ts";
import { eventually } from "../support/eventually.ts";
import { runBundle } from "../support/plan-world.ts";
import {
	type Played,
	play,
	untilCompleted,
	untilEnded,
} from "../support/played-plan.ts";
import { metricValue } from "../support/stores.ts";

const { sound, broken } = await bundlesOfOrder();

/** V2 publishes a, then fails: b, c and d go out together, as under V1. */
async function fallBack(plan: Played): Promise<void> {
	assert.deepEqual(await eventually(() => firstOf(plan, 1)), ["a1"]);
	await plan.answer("a");
	await eventually(() => firstOf(plan, 4));
	assert.deepEqual(plan.published(), ["a1", "b1", "c1", "d1"]);
}

function firstOf(plan: Played, count: number): string[] | false {
	return plan.published().length === count && plan.published();
}

test("V2 fails within a plan: what is not published goes out in V1's order, and the end is booked on V2", async (t) => {
	runBundle(broken);
	const plan = await play(t, "V2");
	await fallBack(plan);
	// Workers wait for dependencies by this word alone.
	assert.deepEqual(
		plan.world.tickets.map(({ metadata }) => metadata.orchestrator_version),
		["V2", "V1", "V1", "V1"],
	);
	for (const task of ["b", "c", "d"]) await plan.answer(task);
	assert.equal(await untilEnded(plan), "SUCCESS");
	const reason = "V2 cannot order the tickets: no order for these";
	const { world, firstRunId } = plan;
	assert.partialDeepStrictEqual(world.document(PLAN_OUTCOMES, firstRunId), {
		...{ status: "SUCCESS", failure_class: "version_fallback", counts: true },
		...{ version_assigned: "V2", version_ran: "V1", fallback_reason: reason },
	});
	assert.partialDeepStrictEqual(plan.document(), {
		...{ orchestrator_version: "V2", version_fallback: { reason } },
	});
	const audited = world.writes.flatMap(({ collection, fields }) =>
		collection === "audit_trail" && fields.action === "fall-back"
			? [fields.reason]
			: [],
	);
	assert.deepEqual(audited, [reason]);
	assert.equal(
		await metricValue(world.metrics, "orchestration_version_fallbacks_total"),
		1,
	);
});

for (const [name, next] of [
	["the same build", broken],
	["a build without the fault", sound],
] as const)
	test(`V2 has failed within a plan: ${name} takes it over in V1's order`, async (t) => {
		runBundle(broken);
		const plan = await play(t, "V2");
		await fallBack(plan);
		runBundle(next);
		await plan.world.restartWorker();
		await plan.answer("b");
		await untilCompleted(plan, 2);
		for (const task of ["c", "d"]) await plan.answer(task);
		assert.equal(await untilEnded(plan), "SUCCESS");
		assert.equal(plan.published().length, 4);
		assert.partialDeepStrictEqual(
			plan.world.document(PLAN_OUTCOMES, plan.firstRunId),
			{ failure_class: "version_fallback", version_ran: "V1" },
		);
	});

test("V1 never asks V2 for an order", async (t) => {
	runBundle(broken);
	const plan = await play(t, "V1");
	await eventually(() => firstOf(plan, 4));
	for (const task of ["a", "b", "c", "d"]) await plan.answer(task);
	assert.equal(await untilEnded(plan), "SUCCESS");
	assert.equal(
		plan.world.document(PLAN_OUTCOMES, plan.firstRunId).failure_class,
		null,
	);
});
