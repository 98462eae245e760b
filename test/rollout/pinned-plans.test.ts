import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { PLAN_OUTCOMES } from "../../src/domain/rollout/plan-outcome.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import { planWorkflowId } from "../../src/temporal/workflow-ids.ts";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf, report, resultOf } from "../support/plan-world.ts";

test("a plan that its tenant sends to a build is pinned there, and its outcome says where it ran", async (t) => {
	const world = await openWorld(t);
	const deployment = `d-${randomUUID()}`;
	const build = "b-2";
	await world.restartWorker({ deployment, build });
	const { client, taskQueue } = world;
	const plans = createPlanClient({ client: () => client, taskQueue });
	const decision = someDecision();
	const { plan_id } = decision;
	const input = {
		...runInput(decision, planOf(plan_id, [{ id: "a" }])),
		routing: {
			...{ split_revision: null, version_weight: 0 },
			release: {
				...{ rollout_id: "r-1", deployment, build, weight: 5 },
				...({ arm: "candidate", pinned: true } as const),
			},
		},
	};
	// No build is current, and none ramps: only the pin leads there.
	await eventually(
		async () => (await plans.startPlan(input)).kind !== "refused",
	);
	await eventually(() => world.tickets.length === 1);
	const handle = client.workflow.getHandle(planWorkflowId(plan_id));
	const { runId } = await handle.describe();
	await eventually(
		async () => (await plans.countOpenOf({ version: "V1" })) === 1,
	);
	await eventually(
		async () => (await plans.countOpenOf({ deployment, build })) === 1,
	);
	const { ticket_id } = world.tickets[0] ?? assert.fail();
	await report(handle, [resultOf(ticket_id, "COMPLETED")]);
	await handle.result();
	assert.partialDeepStrictEqual(world.document(PLAN_OUTCOMES, runId), {
		...{ deployment, build_assigned: build, build_ran: build },
		...{ build_weight: 5, rollout_id: "r-1", failure_class: null },
	});
});
