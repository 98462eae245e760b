import assert from "node:assert/strict";
import { test } from "node:test";
import { openHttp, planDocument } from "../support/http.ts";

test("readPlan: an open plan that is quiet is looked at, and read again when it was closed; others are not", async (t) => {
	const cases = [
		{ status: "RUNNING", last_progress_at: 1, isAsked: true },
		{ status: "RUNNING", last_progress_at: Date.now(), isAsked: false },
		{ status: "SUCCESS", last_progress_at: 1, isAsked: false },
	] as const;
	for (const { status, last_progress_at, isAsked } of cases) {
		const asked: string[] = [];
		const { app } = await openHttp(t, {
			stored: {
				readPlan: async (plan_id) =>
					planDocument({
						plan_id,
						last_progress_at,
						status: asked.length > 0 ? "FAILED" : status,
					}),
			},
			running: {
				settleEnded: async (planId) => asked.push(planId) > 0,
			},
		});
		const plan = (await app.inject("/api/v1/plans/p-1")).json();
		assert.deepEqual(asked, isAsked ? ["p-1"] : []);
		assert.equal(plan.status, isAsked ? "FAILED" : status);
	}
});
