import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { createOrphanPlans } from "../../src/storage/orphan-plans.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import { planWorkflowId } from "../../src/temporal/workflow-ids.ts";
import { eventually } from "../support/eventually.ts";
import { openWorld } from "../support/plan-world.ts";
import { openMongo } from "../support/stores.ts";

test("a plan whose workflow task fails again and again: why, commands and orphan-watch say so", async (t) => {
	const { mongo } = await openMongo(t);
	const orphans = createOrphanPlans(mongo, {
		watchId: randomUUID(),
		workflowIdOf: planWorkflowId,
	});
	const { client, taskQueue } = await openWorld(t, { orphans });
	const plans = createPlanClient({ client: () => client, taskQueue });
	const planId = randomUUID();
	const workflowId = planWorkflowId(planId);
	// Its code throws on what is no input.
	const handle = await client.workflow.start("orchestratePlan", {
		taskQueue,
		workflowId,
		workflowTaskTimeout: "1s",
		args: [{}],
	});
	t.after(async () => await handle.terminate().catch(() => undefined));
	await mongo.run({ collection: "workflows", name: "test" }, (target) =>
		target.insertOne({
			_id: workflowId,
			kind: "plan",
			plan_id: planId,
			workflow_id: workflowId,
			status: "RUNNING",
			last_progress_at: 1,
		}),
	);
	const watch = () =>
		client.workflow.execute("watchOrphans", {
			taskQueue,
			workflowId: `watch-${randomUUID()}`,
		});
	await watch();
	assert.equal((await orphans.readReport())?.stuck_count, 0);
	await eventually(async () => {
		const { raw } = await handle.describe();
		return (raw.pendingWorkflowTask?.attempt ?? 0) >= 5;
	}, 120_000);

	const why = await plans.readWhy(planId);
	assert.equal(why?.waits[0]?.what, "workflow-task");
	assert.ok((why?.waits[0]?.attempts ?? 0) >= 5);
	assert.match(why?.summary ?? "", /workflow task fails/);
	assert.match(why?.waits[0]?.error ?? "", /TypeError|undefined/);
	await assert.rejects(
		plans.command(planId, "cancel", { actor: "ada", reason: "stuck" }),
		{ code: "PLAN_STUCK", message: /workflow task fails/ },
	);
	await assert.rejects(plans.readPlan(planId), { code: "PLAN_STUCK" });
	await watch();
	const report = await orphans.readReport();
	assert.equal(report?.stuck_count, 1);
	assert.equal(report?.stuck[0]?.plan_id, planId);
});
