import assert from "node:assert/strict";
import { test } from "node:test";
import { createReadLedger } from "../../activities/read-ledger.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { inActivity } from "../support/activity-context.ts";

test("readLedger: a plan, or null where the ledger has none", async () => {
	const plans: Record<string, unknown> = { "p-1": { plan_id: "p-1" } };
	const readLedger = createReadLedger({
		ledger: { readPlan: async (planId) => plans[planId] },
	});
	assert.deepEqual(await inActivity(() => readLedger("p-1")), {
		plan_id: "p-1",
	});
	assert.equal(await inActivity(() => readLedger("p-2")), null);
});

test("readLedger: a ledger that cannot be read is not a ledger without the plan", async () => {
	const readLedger = createReadLedger({
		ledger: {
			async readPlan() {
				throw new OrchestratorError("STORE_UNAVAILABLE", "MongoDB is away");
			},
		},
	});
	await assert.rejects(
		inActivity(() => readLedger("p-1")),
		{ code: "STORE_UNAVAILABLE" },
	);
});
