import assert from "node:assert/strict";
import { test } from "node:test";
import type { WorkflowHandle } from "@temporalio/client";
import { planQueries, planUpdates } from "../../src/domain/plan-run.ts";
import { declaredMetrics } from "../../src/telemetry/metrics.ts";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf, type World } from "../support/plan-world.ts";
import { play, untilEnded } from "../support/played-plan.ts";

/** Plans that reached a final status so far, by status; the durations count as many. */
async function endedPlans({ metrics }: World): Promise<Record<string, number>> {
	const { values } = await metrics.workflowsCompleted.get();
	const name = declaredMetrics.workflowDurationSeconds.name;
	const durations = (
		(await metrics.registry.getSingleMetric(name)?.get())?.values ?? []
	)
		.filter((one) =>
			(one as { metricName?: string }).metricName?.endsWith("_count"),
		)
		.reduce((sum, { value }) => sum + value, 0);
	const counts = values
		.filter(({ value }) => value > 0)
		.map(({ labels, value }) => [labels.status, value]);
	assert.equal(
		durations,
		values.reduce((sum, { value }) => sum + value, 0),
	);
	return Object.fromEntries(counts);
}

/** Tickets that reached a final outcome so far, by outcome. */
async function endedTickets({
	metrics,
}: World): Promise<Record<string, number>> {
	const { values } = await metrics.ticketsCompleted.get();
	return Object.fromEntries(
		values
			.filter(({ value }) => value > 0)
			.map(({ labels, value }) => [labels.status, value]),
	);
}

test("counts: a plan that ends before anything is published is a plan that reached a final status", async (t) => {
	const world = await openWorld(t);
	const begin = async (plan: (id: string) => unknown) => {
		const decision = someDecision({ requires_human_review: true });
		return await world.start(runInput(decision, plan(decision.plan_id)));
	};
	const tell = async (handle: WorkflowHandle, name: "reject" | "cancel") => {
		await eventually(
			async () =>
				(await handle.query<{ status: string }>(planQueries.plan)).status ===
				"AWAITING_APPROVAL",
		);
		const command = { actor: "ada", reason: "because" };
		await handle.executeUpdate(planUpdates[name], { args: [command] });
	};
	const sound = (id: string) => planOf(id, [{ id: "a" }]);
	const invalid = await begin((id) => planOf(id, []));
	const expired = await begin((id) =>
		planOf(id, [{ id: "a" }], { valid_until: Date.now() + 1_500 }),
	);
	const rejected = await begin(sound);
	const cancelled = await begin(sound);
	await tell(rejected, "reject");
	await tell(cancelled, "cancel");
	for (const handle of [invalid, expired, rejected, cancelled])
		await assert.rejects(handle.result());
	assert.deepEqual(await endedPlans(world), {
		INVALID: 1,
		EXPIRED: 1,
		REJECTED: 1,
		CANCELLED: 1,
	});
	assert.deepEqual(await endedTickets(world), {});
});

test("counts: a rerun counts its plan once more, and of its tickets those that ran again", async (t) => {
	const plan = await play(t, "V2");
	for (const task of ["a", "b", "c", "d"]) await plan.answer(task);
	assert.equal(await untilEnded(plan), "SUCCESS");
	assert.deepEqual(await endedTickets(plan.world), { completed: 4 });
	for (const round of [1, 2]) {
		await plan.rerun("b");
		await plan.answer("b");
		await plan.answer("d");
		assert.equal(await untilEnded(plan), "SUCCESS");
		const count = 4 + 2 * round;
		assert.deepEqual(await endedTickets(plan.world), { completed: count });
	}
	assert.deepEqual(await endedPlans(plan.world), { SUCCESS: 3 });
});
