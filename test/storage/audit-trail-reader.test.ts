import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
	type AuditEntry,
	type AuditHead,
	appendRecord,
	auditKey,
} from "../../src/domain/audit-chain.ts";
import type { DocumentWrite } from "../../src/domain/documents.ts";
import { verifyAll } from "../../src/plans/verify-all-audits.ts";
import { verifyPlan } from "../../src/plans/verify-audit.ts";
import { createAuditTrailReader } from "../../src/storage/audit-trail-reader.ts";
import { createDocumentStore } from "../../src/storage/document-store.ts";
import type { Mongo } from "../../src/storage/storage-context.ts";
import { runsOf } from "../support/audit-states.ts";
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
	return { mongo, trails, deps: { trails, runs: runsOf({}) } };
}

const alone = {
	left_over: 0,
	purged: 0,
	witnesses: { temporal: 0, given: 0, signatures: 0 },
};

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
	const { deps } = await open(t, { "a b": 501, p: 700, "p:1": 3, "q/2": 2 });
	assert.deepEqual(await verifyAll(deps), {
		ok: true,
		plans: 4,
		records: 1_206,
		...alone,
		faults: [],
	});
	assert.deepEqual(await verifyPlan(deps, "p"), {
		ok: true,
		plans: 1,
		records: 700,
		...alone,
		faults: [],
	});
});

test("verify: texts that MongoDB cannot keep as they are break no trail", async (t) => {
	const { mongo, deps } = await open(t, {});
	const half = "x\ud83d";
	const details = { task_id: half, [half]: [{ deep: "\ude00" }] };
	const words = { actor: half, reason: half, details };
	await createDocumentStore(mongo).write(writesOf("p", 3, words));
	const verdict = { ok: true, plans: 1, records: 3, ...alone, faults: [] };
	assert.deepEqual(await verifyPlan(deps, "p"), verdict);
	assert.deepEqual(await verifyAll(deps), verdict);
});

test("auditTrailReader: a plan is who its key says, and decisions that were only recorded have no trail", async (t) => {
	const { mongo, trails } = await open(t, { p: 2 });
	const tamper = { collection: "workflows", name: "test" };
	await mongo.run(tamper, async (target) => {
		await target.updateOne({ _id: "orch-p" }, { $set: { plan_id: "q" } });
		await target.insertOne({ _id: "decision-d", kind: "recorded-decision" });
	});
	const { heads } = await trails.listHeads({ limit: 9 });
	assert.deepEqual(
		heads.map(({ plan_id }) => plan_id),
		["p"],
	);
	assert.equal((await trails.readHeads(["q"])).length, 0);
});

test("auditTrailReader: the hashes of those keys that have a record", async (t) => {
	const { mongo, trails } = await open(t, { p: 2 });
	const [first] = await trails.readRecords({ planId: "p", limit: 1 });
	const keys = await keysOf(mongo);
	const found = await trails.findHashes([keys[0] ?? "", "p:none"]);
	assert.deepEqual([...found], [[first?._id, first?.hash]]);
});
