import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import type { DocumentWrite } from "../../src/domain/documents.ts";
import type { EndedRun, PlanClosing } from "../../src/domain/ended-run.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { verifyPlan } from "../../src/plans/verify-audit.ts";
import { createAuditTrailReader } from "../../src/storage/audit-trail-reader.ts";
import { createDocumentStore } from "../../src/storage/document-store.ts";
import { createOrphanPlans } from "../../src/storage/orphan-plans.ts";
import { createOrphanRuns } from "../../src/temporal/orphan-runs.ts";
import { planWorkflowId } from "../../src/temporal/workflow-ids.ts";
import { runsOf } from "../support/audit-states.ts";
import { eventually } from "../support/eventually.ts";
import { recordInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld } from "../support/plan-world.ts";
import { storePlan } from "../support/stored-plans.ts";
import { openMongo } from "../support/stores.ts";

/**
 * An open plan of which MongoDB has its documents, and whose run is one that says nothing of it: it waits
 * for a decision to be written, or fails when that is refused.
 */
async function openSilent(t: TestContext, refusal: "away" | "refused") {
	const { mongo } = await openMongo(t);
	const store = createDocumentStore(mongo);
	const orphans = createOrphanPlans(mongo, {
		watchId: randomUUID(),
		workflowIdOf: planWorkflowId,
	});
	let tries = 0;
	const documents = {
		async write(writes: readonly DocumentWrite[]) {
			if (!writes.some(({ collection }) => collection === "decisions"))
				return await store.write(writes);
			tries += 1;
			throw refusal === "away"
				? new OrchestratorError("STORE_UNAVAILABLE", "away")
				: new OrchestratorError("INTERNAL_ERROR", "no such document");
		},
	};
	const world = await openWorld(t, { documents, orphans });
	const { client, taskQueue } = world;
	const plan_id = randomUUID();
	const head = await storePlan(mongo, plan_id, { finishedAt: null });
	const handle = await client.workflow.start("recordDecision", {
		taskQueue,
		workflowId: planWorkflowId(plan_id),
		args: [recordInput(someDecision({ plan_id }))],
	});
	await eventually(() => tries > 1);
	const runs = createOrphanRuns({ client: () => client, taskQueue });
	/** As `orphan-watch` closes it, but that the run is not asked for long. */
	const close = async (run: EndedRun) =>
		await client.workflow.execute<
			(run: EndedRun, askMs: number) => Promise<PlanClosing | null>
		>("closeEndedPlan", {
			taskQueue,
			workflowId: `close-${randomUUID()}`,
			args: [run, 1_000],
		});
	const trails = createAuditTrailReader(mongo, planWorkflowId);
	return {
		...{ world, mongo, orphans, handle, plan_id, head, close },
		examine: async () =>
			await eventually(async () => {
				const fault = await runs.examine(plan_id);
				return fault?.kind === "ended" && fault.run;
			}),
		verify: async () =>
			await verifyPlan({ trails, runs: runsOf({}) }, plan_id, [head]),
	};
}

for (const [refusal, ending, words] of [
	["away", "CANCELLED", /was cancelled in Temporal/],
	["refused", "FAILED", /failed in Temporal/],
] as const)
	test(`closeEndedPlan: of a run that was ${ending} and tells nothing, what MongoDB has is closed`, async (t) => {
		const plan = await openSilent(t, refusal);
		if (ending === "CANCELLED") await plan.handle.cancel();
		const run = await plan.examine();
		assert.equal(run.ending, ending);
		const closing = await plan.close(run);
		assert.equal(closing?.status, "FAILED");
		assert.match(closing?.reason ?? "", words);

		const { plan: closed } = await plan.orphans.readPlan(plan.plan_id);
		assert.partialDeepStrictEqual(closed, {
			status: "FAILED",
			tickets_failed: 2,
			finished_at: run.ended_at,
			audit_head: { sequence: plan.head.sequence + 1 },
		});
		const verdict = await plan.verify();
		assert.deepEqual([verdict.faults, verdict.records], [[], 4]);
		for await (const page of plan.orphans.findOpen(plan.plan_id, "none"))
			assert.fail(`open: ${JSON.stringify(page)}`);
		assert.partialDeepStrictEqual(plan.world.frames, [
			{
				plan_id: plan.plan_id,
				status: "FAILED",
				metrics: { total_duration_ms: 80, failed_tickets: 2 },
			},
		]);
		assert.equal(plan.world.incidents.length, 1);
		assert.equal(await plan.close(run), null, "there is nothing left to close");
		assert.equal(plan.world.frames.length, 1);
	});
