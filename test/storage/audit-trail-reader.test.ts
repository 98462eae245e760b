import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
	type AuditEntry,
	type AuditHead,
	appendRecord,
	auditKey,
} from "../../src/domain/audit-chain.ts";
import type { DocumentWrite } from "../../src/domain/documents.ts";
import { verifyAll, verifyPlan } from "../../src/http/verify-audit.ts";
import { createAuditTrailReader } from "../../src/storage/audit-trail-reader.ts";
import { createDocumentStore } from "../../src/storage/document-store.ts";
import type { Mongo } from "../../src/storage/storage-context.ts";
import { openMongo } from "../support/stores.ts";

/** A plan's document and its records as its workflow writes them. */
function writesOf(
	planId: string,
	count: number,
	words: Partial<AuditEntry> = {},
): DocumentWrite[] {
	const writes: DocumentWrite[] = [];
	let head: AuditHead | null = null;
	for (let index = 0; index < count; index++) {
		const atMs = 1_000 + index;
		const moment = { planId, planHash: null, atMs, trailStartMs: 1_000 };
		const step = appendRecord(head, moment, {
			actor: "ada",
			action: "pause",
			reason: `${index}`,
			...words,
		});
		head = step.head;
		writes.push({
			collection: "audit_trail",
			_id: auditKey(planId, head),
			revision: "1",
			isNew: true,
			fields: { ...step.record },
		});
	}
	writes.push({
		collection: "workflows",
		_id: `orch-${planId}`,
		revision: "1",
		isNew: true,
		fields: { plan_id: planId, kind: "plan", audit_head: head, finished_at: 9 },
	});
	return writes;
}

async function open(t: TestContext, plans: Record<string, number>) {
	const { mongo } = await openMongo(t);
	const store = createDocumentStore(mongo);
	for (const [planId, count] of Object.entries(plans))
		await store.write(writesOf(planId, count));
	const trails = createAuditTrailReader(mongo, (planId) => `orch-${planId}`);
	return { mongo, trails };
}

async function keysOf(mongo: Mongo): Promise<string[]> {
	const records = await mongo.run(
		{ collection: "audit_trail", name: "test" },
		async (target) => await target.find({}, { sort: { _id: 1 } }).toArray(),
	);
	return records.map(({ _id }) => _id);
}

test("auditTrailReader: one plan's records page by page, and no other's", async (t) => {
	const { trails } = await open(t, { p: 5, "p:1": 3, q: 2 });
	const first = await trails.readRecords({ planId: "p", limit: 3 });
	const rest = await trails.readRecords({
		planId: "p",
		after: first.at(-1)?._id,
		limit: 3,
	});
	assert.deepEqual(
		[...first, ...rest].map(({ plan_id, sequence }) => [plan_id, sequence]),
		[1, 2, 3, 4, 5].map((sequence) => ["p", sequence]),
	);
	assert.equal((await trails.readRecords({ limit: 50 })).length, 10);
});

test("verify: sound trails of several plans, over pages", async (t) => {
	const { trails } = await open(t, { "a b": 501, p: 700, "p:1": 3, "q/2": 2 });
	assert.deepEqual(await verifyAll(trails), {
		ok: true,
		plans: 4,
		records: 1_206,
		faults: [],
	});
	assert.deepEqual(await verifyPlan(trails, "p"), {
		ok: true,
		plans: 1,
		records: 700,
		faults: [],
	});
});

test("verify: texts that MongoDB cannot keep as they are break no trail", async (t) => {
	const { mongo, trails } = await open(t, {});
	const half = "x\ud83d";
	const details = { task_id: half, [half]: [{ deep: "\ude00" }] };
	const words = { actor: half, reason: half, details };
	await createDocumentStore(mongo).write(writesOf("p", 3, words));
	const verdict = { ok: true, plans: 1, records: 3, faults: [] };
	assert.deepEqual(await verifyPlan(trails, "p"), verdict);
	assert.deepEqual(await verifyAll(trails), verdict);
});

test("verify: what somebody has done to the database is found, plan by plan", async (t) => {
	const { mongo, trails } = await open(t, { a: 4, b: 4, c: 4, d: 4, e: 600 });
	const keys = await keysOf(mongo);
	const key = (planId: string, sequence: number) =>
		keys.find((one) => one === auditKey(planId, { trail: 1_000, sequence })) ??
		assert.fail();
	const tamper = { collection: "audit_trail", name: "test" };
	await mongo.run(tamper, async (target) => {
		await target.updateOne({ _id: key("a", 2) }, { $set: { actor: "eve" } });
		await target.deleteOne({ _id: key("b", 3) });
		await target.deleteMany({ plan_id: "c" });
		await target.deleteOne({ _id: key("e", 600) });
	});
	const { ok, faults, plans } = await verifyAll(trails);
	assert.equal(ok, false);
	assert.equal(plans, 5);
	assert.deepEqual(
		faults
			.map(({ plan_id, kind, sequence }) => [plan_id, kind, sequence])
			.toSorted(),
		[
			["a", "altered", 2],
			["b", "missing", 3],
			["c", "truncated", 1],
			["e", "truncated", 600],
		],
	);
});

test("verify: a tail cut off together with the plan's own head is found by the head of its telemetry frame", async (t) => {
	const { mongo, trails } = await open(t, { p: 4 });
	const [plan] = await trails.readHeads(["p"]);
	const third = (await trails.readRecords({ planId: "p", limit: 3 }))[2];
	assert.ok(plan?.head && third);
	await mongo.run({ collection: "audit_trail", name: "test" }, (target) =>
		target.deleteOne({
			_id: auditKey("p", { trail: third.trail, sequence: 4 }),
		}),
	);
	const head = { trail: third.trail, sequence: 3, hash: third.hash };
	await mongo.run({ collection: "workflows", name: "test" }, (target) =>
		target.updateOne({ _id: "orch-p" }, { $set: { audit_head: head } }),
	);
	assert.equal((await verifyAll(trails)).ok, true);
	const { faults } = await verifyPlan(trails, "p", [plan.head]);
	assert.deepEqual(
		faults.map(({ kind, sequence }) => [kind, sequence]),
		[["truncated", 4]],
	);
});
