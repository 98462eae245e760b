import assert from "node:assert/strict";
import { test } from "node:test";
import { OrchestratorError } from "../../src/errors.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { checkStuckPlans } from "../../src/wiring/check-stuck-plans.ts";
import { openHttp } from "../support/http.ts";

const stuck = [{ plan_id: "p-1", attempt: 7, since_ms: 1 }];

test("health: plans whose workflow tasks fail make it degraded, and the gauge counts them while somebody looks", async (t) => {
	const metrics = createMetrics();
	const reports = [
		{ at: Date.now(), stuck_count: 1, stuck },
		{ at: 1, stuck_count: 1, stuck },
		undefined,
	];
	for (const [index, report] of reports.entries()) {
		const orphans = { readReport: async () => report };
		const check = () => checkStuckPlans({ orphans, metrics });
		const plans = { name: "plans", required: false, check };
		const { app } = await openHttp(t, {}, [plans]);
		const { status, checks } = (await app.inject("/health")).json();
		assert.equal(status, index === 0 ? "degraded" : "healthy");
		if (index === 0) assert.match(checks.plans.error, /task of 1 plan fails/);
		assert.equal((await app.inject("/ready")).statusCode, 200);
		const { text } = await metrics.scrape();
		const [, count] = /^orchestration_plans_stuck (\d+)$/m.exec(text) ?? [];
		assert.equal(count, index === 0 ? "1" : undefined);
	}
});

test("health: MongoDB's absence is not that of plans", async () => {
	const readReport = async () => {
		throw new OrchestratorError("STORE_UNAVAILABLE", "away");
	};
	const orphans = { readReport };
	await checkStuckPlans({ orphans, metrics: createMetrics() });
});
