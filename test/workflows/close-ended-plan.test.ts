import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import type { PlanDocument } from "../../src/domain/documents.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { verifyPlan } from "../../src/plans/verify-audit.ts";
import { createAuditTrailReader } from "../../src/storage/audit-trail-reader.ts";
import { createDocumentStore } from "../../src/storage/document-store.ts";
import {
	createOrphanPlans,
	type OrphanPlans,
} from "../../src/storage/orphan-plans.ts";
import type { Mongo } from "../../src/storage/storage-context.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import {
	closeWorkflowId,
	planWorkflowId,
} from "../../src/temporal/workflow-ids.ts";
import { eventually } from "../support/eventually.ts";
import { play, untilCompleted, untilEnded } from "../support/played-plan.ts";
import { metricValue, openMongo } from "../support/stores.ts";

const ENDED_PLANS = "orchestration_workflows_completed_total";
const ENDED_TICKETS = "orchestration_tickets_completed_total";

/** A plan in a world that keeps its documents in MongoDB, which a test may take away. */
async function playStored(t: TestContext) {
	const { mongo } = await openMongo(t);
	const store = createDocumentStore(mongo);
	const outage = { isAway: false };
	const orphans = createOrphanPlans(mongo, {
		watchId: randomUUID(),
		workflowIdOf: planWorkflowId,
	});
	const documents: typeof store = {
		async write(writes) {
			if (outage.isAway)
				throw new OrchestratorError("STORE_UNAVAILABLE", "away");
			await store.write(writes);
		},
	};
	const plan = await play(t, "V2", {}, { documents, orphans });
	const { client, taskQueue } = plan.world;
	const plans = createPlanClient({ client: () => client, taskQueue });
	const watch = () =>
		client.workflow.execute<(quietMs: number) => Promise<{ closed: number }>>(
			"watchOrphans",
			{ taskQueue, workflowId: `watch-${randomUUID()}`, args: [0] },
		);
	return { ...plan, plan, mongo, orphans, outage, plans, watch };
}

type Stored = Awaited<ReturnType<typeof playStored>>;

async function stored(orphans: OrphanPlans, planId: string) {
	const { plan } = await orphans.readPlan(planId);
	return plan ?? ({} as PlanDocument);
}

async function assertSound(
	{ mongo, plans: runs }: Pick<Stored, "mongo" | "plans">,
	planId: string,
	records: number,
) {
	const trails = createAuditTrailReader(mongo, planWorkflowId);
	const verdict = await verifyPlan({ trails, runs }, planId);
	assert.deepEqual(verdict.faults, []);
	assert.equal(verdict.records, records);
}

async function ticketsOf(mongo: Mongo, planId: string) {
	return await mongo.run(
		{ collection: "execution_tickets", name: "test" },
		async (target) =>
			await target
				.find({ plan_id: planId }, { sort: { order: 1 } })
				.map(({ task_id, status, outcome }) => [task_id, status, outcome])
				.toArray(),
	);
}

test("closeEndedPlan: a terminated run's plan is FAILED, audited, told once; a rerun goes on from there", async (t) => {
	const { plan, planId, world, mongo, orphans, plans, watch } =
		await playStored(t);
	await plan.answer("a");
	await untilCompleted(plan, 1);
	await eventually(
		async () => (await stored(orphans, planId)).tickets_completed === 1,
	);
	await eventually(() => plan.published().length === 3);
	await plan.handle.terminate("a test");
	await eventually(() => plans.settleEnded(planId));
	const closed = await stored(orphans, planId);
	assert.partialDeepStrictEqual(closed, {
		status: "FAILED",
		stage: "failed",
		tickets_completed: 1,
		tickets_failed: 3,
	});
	assert.match(closed.error_message ?? "", /terminated in Temporal/);
	await assertSound({ mongo, plans }, planId, 2);
	assert.deepEqual(await ticketsOf(mongo, planId), [
		["a", "COMPLETED", "completed"],
		["b", "FAILED", "failed"],
		["c", "FAILED", "failed"],
		["d", "FAILED", "skipped"],
	]);
	const results = async () =>
		await mongo.run(
			{ collection: "workflow_results", name: "test" },
			async (target) =>
				await target.find({ plan_id: planId }, { sort: { _id: 1 } }).toArray(),
		);
	const [result] = await results();
	assert.partialDeepStrictEqual(result, {
		_id: `orch-${planId}:${plan.firstRunId}`,
		status: "FAILED",
		consistent: false,
		metrics: { total_tickets: 4, successful_tickets: 1, failed_tickets: 3 },
	});
	assert.match(String(result?.errors), /terminated in Temporal/);
	assert.partialDeepStrictEqual(world.frames, [
		{
			plan_id: planId,
			status: "FAILED",
			tickets_generated: 4,
			tickets_completed: 1,
			audit_head: closed.audit_head,
		},
	]);
	assert.equal(world.frames[0]?.correlation.ticket_ids.length, 4);
	assert.equal(world.incidents.length, 1);
	assert.partialDeepStrictEqual(world.incidents[0], {
		incident_type: "INCONSISTENCY",
		escalation_required: true,
	});
	assert.equal(world.incidents[0]?.affected_tickets.length, 2);

	// Whoever asks again, nothing more is done.
	await plans.settleEnded(planId);
	assert.equal((await watch()).closed, 0);
	assert.equal(await plans.readWhy(planId), undefined, "it waits for nothing");
	assert.equal(world.incidents.length, 1);
	assert.equal(world.frames.length, 1);
	assert.equal((await stored(orphans, planId)).revision, closed.revision);

	assert.equal(await plan.rerun("b"), "2 tickets run again");
	for (const task of ["b", "b", "c", "d"]) await plan.answer(task);
	assert.equal(await untilEnded(plan), "SUCCESS");
	const again = await stored(orphans, planId);
	assert.equal(again.status, "SUCCESS");
	assert.partialDeepStrictEqual(again.former_rounds, [
		{ status: "FAILED", finished_at: closed.finished_at },
	]);
	assert.deepEqual(
		world.frames.map(({ status }) => status),
		["FAILED", "SUCCESS"],
	);
	assert.notEqual(world.frames[0]?.frame_id, world.frames[1]?.frame_id);
	assert.equal((await results()).length, 2);
	// Each round counts once, and so does each ticket: the terminated round never came to count its own.
	for (const status of ["FAILED", "SUCCESS"])
		assert.equal(
			await metricValue(world.metrics, ENDED_PLANS, { status }),
			1,
			status,
		);
	assert.equal(await metricValue(world.metrics, ENDED_TICKETS), 4);
	// start, close, rerun, end
	await assertSound({ mongo, plans }, planId, 4);
});

test("closeEndedPlan: what had not landed when the run was terminated is written with it", async (t) => {
	const { plan, planId, mongo, orphans, outage, plans, watch } =
		await playStored(t);
	await eventually(async () => (await stored(orphans, planId)).published_at);
	outage.isAway = true;
	await plan.ask("pause");
	await plan.handle.terminate("a test");
	outage.isAway = false;
	assert.equal((await watch()).closed, 1);
	assert.equal((await watch()).closed, 0);
	await eventually(
		async () => (await stored(orphans, planId)).status === "FAILED",
	);
	// start, pause, close
	await assertSound({ mongo, plans }, planId, 3);
	assert.equal(await plan.rerun("a"), "4 tickets run again");
	// The first answer is to the attempt of the run that was terminated.
	for (const task of ["a", "a", "b", "c", "d"]) await plan.answer(task);
	assert.equal(await untilEnded(plan), "SUCCESS");
	await assertSound({ mongo, plans }, planId, 5);
});

test("closeEndedPlan: a run that is not the plan's newest is left alone", async (t) => {
	const { plan, planId, mongo, orphans, plans, world } = await playStored(t);
	await eventually(async () => (await stored(orphans, planId)).published_at);
	const { client, taskQueue } = world;
	const run_id = randomUUID();
	const closing = await client.workflow.execute("closeEndedPlan", {
		taskQueue,
		workflowId: closeWorkflowId(planId, run_id),
		args: [{ plan_id: planId, run_id, ending: "TIMED_OUT", ended_at: 1 }],
	});
	assert.equal(closing, null);
	assert.equal((await stored(orphans, planId)).status, "RUNNING");
	await assertSound({ mongo, plans }, planId, 1);
	await plan.handle.terminate("the test is over");
});
