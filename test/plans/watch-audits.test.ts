import assert from "node:assert/strict";
import { test } from "node:test";
import { createAuditWatch } from "../../src/plans/watch-audits.ts";
import { createAuditTrailReader } from "../../src/storage/audit-trail-reader.ts";
import { createStateOfPlans } from "../../src/storage/state-of-plans.ts";
import type { StoredDocument } from "../../src/storage/storage-context.ts";
import { runsOf, soundState } from "../support/audit-states.ts";
import { openMongo, silentLog } from "../support/stores.ts";
import { tamperings, VICTIM } from "../support/tamperings.ts";

const NOW_MS = 10_000_000;

test("audit watch: each plan that ended is verified once, and a trail that does not hold is a discrepancy that the log names", async (t) => {
	const { mongo } = await openMongo(t);
	const state = soundState({ [VICTIM]: 6, q: 3 });
	const [tampering] = Object.values(tamperings);
	tampering?.tamper(state);
	const ended = [...state.plans.values()].map((plan) => ({
		...plan,
		...{ kind: "plan", finished_at: NOW_MS + 1_000 },
		plan_id: plan._id.slice("orch-".length),
	}));
	const all = { audit_trail: [...state.records.values()], workflows: ended };
	for (const [collection, documents] of Object.entries(all))
		await mongo.run({ collection, name: "test" }, async (target) => {
			await target.insertMany(documents as unknown as StoredDocument[]);
		});
	const results: string[] = [];
	const logged: unknown[] = [];
	const watch = createAuditWatch(
		{
			trails: createAuditTrailReader(mongo, (planId) => `orch-${planId}`),
			runs: runsOf({}),
			listEnded: createStateOfPlans(mongo).listEnded,
			onVerified: (result) => results.push(result),
			log: {
				...silentLog,
				error: (fields) => void logged.push(fields),
			},
		},
		NOW_MS,
	);
	await watch.turn(NOW_MS + 20_000);
	assert.deepEqual(results, []);
	await watch.turn(NOW_MS + 40_000);
	assert.deepEqual(results.sort(), ["discrepancy", "intact"]);
	assert.equal((logged[0] as { plan_id?: string }).plan_id, VICTIM);
	await watch.turn(NOW_MS + 50_000);
	assert.equal(results.length, 2);
});
