import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type AuditHead, auditKey } from "../../src/domain/audit-chain.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { createHeadSignatures } from "../../src/plans/head-signatures.ts";
import { verifyAll } from "../../src/plans/verify-all-audits.ts";
import { verifyPlan } from "../../src/plans/verify-audit.ts";
import { createAuditTrailReader } from "../../src/storage/audit-trail-reader.ts";
import { createDecisionArchive } from "../../src/storage/decision-archive.ts";
import { createPlanReader } from "../../src/storage/plan-reader.ts";
import type { Mongo } from "../../src/storage/storage-context.ts";
import { planWorkflowId } from "../../src/temporal/workflow-ids.ts";
import { runsOf } from "../support/audit-states.ts";
import { purge } from "../support/purge.ts";
import { storePlan } from "../support/stored-plans.ts";
import { openMongo } from "../support/stores.ts";

async function countAll(mongo: Mongo, planId: string) {
	const counts: Record<string, number> = {};
	for (const collection of [
		"execution_tickets",
		"ticket_attempts",
		"workflow_results",
		"validation_audit",
	])
		counts[collection] = await mongo.run(
			{ collection, name: "test" },
			async (target) => await target.countDocuments({ plan_id: planId }),
		);
	return counts;
}

async function open(t: TestContext) {
	const { mongo } = await openMongo(t);
	const trails = createAuditTrailReader(mongo, planWorkflowId);
	const deps = { trails, runs: runsOf({}) };
	return {
		mongo,
		reader: createPlanReader(mongo),
		verify: (planId: string, ...heads: AuditHead[]) =>
			verifyPlan(deps, planId, heads),
		verifyAll: () => verifyAll(deps),
	};
}

const whole = {
	execution_tickets: 2,
	ticket_attempts: 2,
	workflow_results: 1,
	validation_audit: 1,
};
const none = {
	execution_tickets: 0,
	ticket_attempts: 0,
	workflow_results: 0,
	validation_audit: 0,
};

test("purge: what has ended goes with all that is its own; open, young and remembered plans stay", async (t) => {
	const { mongo, reader, verify, verifyAll } = await open(t);
	const head = await storePlan(mongo, "old", { finishedAt: 4_000 });
	await storePlan(mongo, "open", { finishedAt: null });
	await storePlan(mongo, "young", { finishedAt: 5_000 });
	await storePlan(mongo, "kept", { finishedAt: 3_000 });
	const names = ["plans"] as const;
	const dry = await purge(mongo, { names, kept: ["kept"], isDryRun: true });
	assert.deepEqual(dry.purged, { ...whole, workflows: 1 });
	assert.deepEqual(await countAll(mongo, "old"), whole, "nothing has gone");
	assert.deepEqual(dry.told, []);

	const done = await purge(mongo, { names, kept: ["kept"] });
	assert.deepEqual(done.purged, dry.purged);
	assert.equal(done.kept, 1);
	assert.deepEqual(done.told, [done.purged]);
	assert.deepEqual(await countAll(mongo, "old"), none);
	assert.equal(await reader.readPlan("old"), undefined);
	assert.equal(
		await reader.listTickets("old", { offset: 0, limit: 5 }),
		undefined,
	);
	for (const planId of ["open", "young", "kept"]) {
		assert.deepEqual(await countAll(mongo, planId), whole, planId);
		assert.notEqual(await reader.readPlan(planId), undefined);
	}
	const listed = await reader.listPlans({
		filter: {},
		sort: "created",
		order: "desc",
		after: undefined,
		limit: 9,
	});
	assert.equal(listed.length, 3);
	// Its decision does not run it again.
	const archive = createDecisionArchive(mongo, planWorkflowId);
	assert.partialDeepStrictEqual(await archive.readPlan("old"), {
		workflow_id: "orch-old",
		status: "SUCCESS",
		published_at: 5,
		plan_hash: "h",
	});

	const verdict = await verify("old", head);
	assert.deepEqual([verdict.ok, verdict.records, verdict.purged], [true, 4, 1]);
	assert.partialDeepStrictEqual(verdict.purges, [
		{ actor: "ada", last_hash: head.hash, last_sequence: 3 },
	]);
	const all = await verifyAll();
	assert.deepEqual([all.ok, all.purged, all.records], [true, 1, 13]);
	const again = await purge(mongo, { names, kept: ["kept"] });
	assert.deepEqual(again.purged, {});
	await assert.doesNotReject(purge(mongo, { names, kept: undefined }));
	assert.deepEqual(await countAll(mongo, "kept"), whole, "nobody could tell");
});

test("purge: of an old audit trail the record that names its last hash is left; without it a trail is missing", async (t) => {
	const { mongo, verify, verifyAll } = await open(t);
	const head = await storePlan(mongo, "p", { finishedAt: 4_000 });
	const dry = await purge(mongo, { isDryRun: true });
	assert.equal(dry.purged.audit_trail, 3);
	const done = await purge(mongo);
	assert.equal(done.purged.audit_trail, 3);
	const verdict = await verify("p", head);
	assert.deepEqual(verdict.faults, []);
	assert.deepEqual([verdict.records, verdict.purged], [1, 1]);
	assert.equal((await verifyAll()).ok, true);
	assert.deepEqual((await purge(mongo)).purged, {
		approval_answers: 0,
		authorization_audit: 0,
		dead_letters: 0,
		decisions: 0,
		plan_outcomes: 0,
		workflows: 0,
	});

	await mongo.run(
		{ collection: "audit_trail", name: "test" },
		async (target) => {
			await target.deleteMany({});
		},
	);
	assert.equal((await verify("p")).faults[0]?.kind, "truncated");
	assert.equal((await verify("p", head)).ok, false);
	assert.equal((await verifyAll()).ok, false);
});

test("purge: a plan that is run again after it goes on from its last hash, and is purged again", async (t) => {
	const { mongo, reader, verify } = await open(t);
	await storePlan(mongo, "p", { finishedAt: 4_000 });
	await purge(mongo);
	const archive = createDecisionArchive(mongo, planWorkflowId);
	const formerHash = (await archive.readPlan("p"))?.audit_head?.hash ?? null;
	assert.match(formerHash ?? "", /^[0-9a-f]{64}$/);
	const rerun = { finishedAt: 8_000, trail: 7_000, formerHash };
	await storePlan(mongo, "p", rerun);
	assert.notEqual(await reader.readPlan("p"), undefined);
	const verdict = await verify("p");
	assert.deepEqual([verdict.faults, verdict.records], [[], 4]);
	await purge(mongo);
	assert.deepEqual(await countAll(mongo, "p"), whole, "it is young again");
	await purge(mongo, { beforeMs: 9_000 });
	assert.equal(await reader.readPlan("p"), undefined);
	assert.deepEqual(
		[(await verify("p")).faults, (await verify("p")).records],
		[[], 1],
	);
});

/** MongoDB that answers so many operations and is away from then on. */
function failingAfter(
	mongo: Mongo,
	count: number,
): Mongo & { isDone(): boolean } {
	let left = count;
	return {
		...mongo,
		isDone: () => left > 0,
		async run(operation, work) {
			if (left <= 0)
				throw new OrchestratorError("STORE_UNAVAILABLE", "killed here");
			left -= 1;
			return await mongo.run(operation, work);
		},
	};
}

test("purge: wherever it is killed, trails are sound, and the next one ends it", async (t) => {
	const { mongo, verify, verifyAll } = await open(t);
	for (let steps = 0, isDone = false; !isDone; steps += 1) {
		const planId = `p${steps}`;
		const head = await storePlan(mongo, planId, { finishedAt: 4_000 });
		const failing = failingAfter(mongo, steps);
		await purge(failing).catch((error: unknown) => {
			assert.equal((error as OrchestratorError).code, "STORE_UNAVAILABLE");
		});
		isDone = failing.isDone();
		const between = await verify(planId, head);
		assert.deepEqual(between.faults, [], `after ${steps} operations`);
		await purge(mongo);
		assert.deepEqual(await countAll(mongo, planId), none);
		const verdict = await verify(planId, head);
		assert.deepEqual([verdict.faults, verdict.records], [[], 1]);
	}
	assert.equal((await verifyAll()).ok, true);
});

test("purge: a record that a lost try of the plan has left gives its place up; two purges at once leave one record", async (t) => {
	const { mongo, verify } = await open(t);
	const head = await storePlan(mongo, "p", { finishedAt: 4_000 });
	const key = auditKey("p", { ...head, sequence: 4 });
	await mongo.run(
		{ collection: "audit_trail", name: "test" },
		async (target) => {
			await target.insertOne({
				_id: key,
				action: "pause",
				hash: "left",
				revision: "0",
			});
		},
	);
	await Promise.all([
		purge(mongo, { names: ["plans"] }),
		purge(mongo, { names: ["plans"] }),
	]);
	const verdict = await verify("p", head);
	assert.deepEqual([verdict.faults, verdict.purged], [[], 1]);
});

test("purge: documents that stand alone go by their own dates; letters on their way back stay", async (t) => {
	const { mongo } = await open(t);
	const insert = async (
		collection: string,
		documents: Record<string, object>,
	) =>
		await mongo.run({ collection, name: "test" }, async (target) => {
			const all = Object.entries(documents);
			await target.insertMany(all.map(([_id, fields]) => ({ _id, ...fields })));
		});
	await insert("dead_letters", {
		old: { state: "open", dead_at: 4_999 },
		moving: { state: "redriving", dead_at: 4_000 },
		young: { state: "open", dead_at: 5_000 },
		undated: { state: "open", dead_at: null },
	});
	await insert("decisions", {
		old: { recorded_at: 1 },
		young: { recorded_at: 9_000 },
	});
	await insert("workflows", {
		"decision-old": { kind: "recorded-decision", finished_at: 1 },
	});
	await insert("authorization_audit", {
		old: { timestamp: "1970-01-01T00:00:01.000Z" },
		young: { timestamp: "1970-01-01T00:00:05.000Z" },
	});
	await insert("approval_answers", { old: { recorded_at: 1 } });
	await insert("plan_outcomes", {
		old: { recorded_at: 1 },
		young: { recorded_at: 9_000 },
	});
	const wanted = {
		approval_answers: 1,
		authorization_audit: 1,
		dead_letters: 1,
		decisions: 1,
		plan_outcomes: 1,
		workflows: 1,
	};
	assert.deepEqual((await purge(mongo, { isDryRun: true })).purged, wanted);
	assert.deepEqual((await purge(mongo)).purged, wanted);
	const left = await mongo.run(
		{ collection: "dead_letters", name: "test" },
		async (target) =>
			await target
				.find({})
				.map(({ _id }) => _id)
				.toArray(),
	);
	assert.deepEqual(left.sort(), ["moving", "undated", "young"]);
});

test("purge: where signatures are made, what is left of a plan has one, and its trail is sound", async (t) => {
	const { mongo } = await open(t);
	await storePlan(mongo, "old", { finishedAt: 4_000 });
	const keys = ["a key that only this test knows of"];
	const signer = createHeadSignatures({ keys, signedSinceMs: 0 });
	const trails = createAuditTrailReader(mongo, planWorkflowId);
	const deps = { trails, runs: runsOf({}), verifier: signer };
	const before = await verifyPlan(deps, "old");
	assert.equal(before.faults[0]?.kind, "signature");
	await purge(mongo, { names: ["plans"], signer });
	const after = await verifyPlan(deps, "old");
	assert.deepEqual(after.faults, []);
	assert.equal(after.witnesses.signatures, 1);
});
