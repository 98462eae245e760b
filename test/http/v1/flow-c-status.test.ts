import assert from "node:assert/strict";
import { test } from "node:test";
import { openHttp, storeAway } from "../../support/http.ts";

const url = "/api/v1/flow-c/status";

test("GET /flow-c/status: figures of the last day, kept for a minute", async (t) => {
	let asked = 0;
	const { app } = await openHttp(t, {
		workflows: { countOpenPlans: async () => 4 },
		audits: {
			listEndedPlans: async () => {
				asked += 1;
				return Array.from({ length: 20 }, (_, n) => ({
					status: n < 15 ? "SUCCESS" : "FAILED",
					created_at: 0,
					finished_at: (n + 1) * 100,
				}));
			},
		},
	});
	const { since, ...status } = (await app.inject(url)).json();
	assert.ok(since > 0);
	assert.deepEqual(status, {
		total_processed: 20,
		success_rate: 75,
		average_latency_ms: 1_050,
		p95_latency_ms: 1_900,
		active_executions: 4,
		cached: false,
	});
	assert.equal((await app.inject(url)).json().cached, true);
	assert.equal(asked, 1);
});

test("GET /flow-c/status: nothing ended is no division by nothing; mongodb away is said", async (t) => {
	const { app } = await openHttp(t);
	assert.equal((await app.inject(url)).json().success_rate, 0);
	const away = await openHttp(t, { audits: { listEndedPlans: storeAway } });
	assert.equal((await away.app.inject(url)).statusCode, 503);
});
