import assert from "node:assert/strict";
import { test } from "node:test";
import { verifyAll } from "../../src/plans/verify-all-audits.ts";
import { verifyPlan } from "../../src/plans/verify-audit.ts";
import { createAuditTrailReader } from "../../src/storage/audit-trail-reader.ts";
import type {
	Mongo,
	StoredDocument,
} from "../../src/storage/storage-context.ts";
import {
	type AuditState,
	headAt,
	recordsOf,
	runsOf,
	soundState,
} from "../support/audit-states.ts";
import { openMongo } from "../support/stores.ts";
import { tamperings, VICTIM } from "../support/tamperings.ts";

const plans = { [VICTIM]: 6, q: 3 };
const sound = soundState(plans);
const last = headAt(recordsOf(sound, VICTIM).at(-1) ?? assert.fail());
const runs = runsOf({ [VICTIM]: { state: "ended", head: last } });

async function store(mongo: Mongo, state: AuditState): Promise<void> {
	const all = {
		audit_trail: [...state.records.values()],
		workflows: [...state.plans.values()],
	};
	for (const [collection, documents] of Object.entries(all))
		await mongo.run({ collection, name: "test" }, async (target) => {
			await target.deleteMany({});
			const stored = documents as unknown as StoredDocument[];
			if (stored.length > 0) await target.insertMany(stored);
		});
}

test("audit verify: every way of tampering with MongoDB is found: in one plan, in all, with a head", async (t) => {
	const { mongo } = await openMongo(t);
	const trails = createAuditTrailReader(mongo, (planId) => `orch-${planId}`);
	const check = async () => ({
		plan: (await verifyPlan({ trails, runs }, VICTIM)).ok,
		all: (await verifyAll({ trails, runs })).ok,
		"with a head": (
			await verifyPlan({ trails, runs: runsOf({}) }, VICTIM, [last])
		).ok,
	});
	await store(mongo, sound);
	assert.deepEqual(await check(), {
		plan: true,
		all: true,
		"with a head": true,
	});
	for (const [what, { tamper }] of Object.entries(tamperings)) {
		const state = soundState(plans);
		tamper(state);
		await store(mongo, state);
		const found = { plan: false, all: false, "with a head": false };
		assert.deepEqual(await check(), found, what);
	}
});
