import assert from "node:assert/strict";
import { test } from "node:test";
import { openHttp } from "../support/http.ts";
import { sla } from "../support/plan-sla.ts";

test("GET /sla/budgets: what nobody knows is said to be unknown", async (t) => {
	const { app } = await openHttp(t, {
		sla: {
			budgets: {
				view: async () => ({
					source: "sla-management",
					read_at: 7,
					reading: null,
					error: "it answers 503",
				}),
			},
		},
	});
	const response = await app.inject({ url: "/api/v1/sla/budgets" });
	assert.equal(response.statusCode, 200);
	assert.deepEqual(response.json(), {
		budgets: [],
		total: 0,
		known: false,
		source: "sla-management",
		read_at: 7,
		error: "it answers 503",
	});
});

test("GET /sla/plans/:plan_id: deadline, forecast, risk, alerts and violations", async (t) => {
	const { app } = await openHttp(t, {
		sla: {
			readPlan: async (plan_id) => ({
				plan_id,
				workflow_id: `orch-${plan_id}`,
				run_id: "r",
				status: "RUNNING",
				risk_band: "low",
				finished_at: null,
				error_message: null,
				correlation_id: null,
				approval: null,
				tickets_generated: 2,
				tickets_completed: 0,
				sla_deadline: sla().deadline,
				sla: sla(),
			}),
			raisedAlerts: async () => ({
				"DEADLINE_APPROACHING:": { raisedAtMs: 1, sentAtMs: 2 },
				"DEADLINE_APPROACHING:t-1": { raisedAtMs: 3, sentAtMs: 3 },
			}),
		},
	});
	const response = await app.inject({ url: "/api/v1/sla/plans/p-1" });
	assert.equal(response.statusCode, 200);
	const { risk, alerts, sla: shown } = response.json();
	assert.deepEqual(shown.forecast.path, ["a", "b"]);
	assert.equal(risk.reason, "passed");
	assert.deepEqual(
		alerts.map(({ ticket_id }: { ticket_id: string | null }) => ticket_id),
		[null, "t-1"],
	);
});

test("GET /sla/plans/:plan_id: there is no such plan", async (t) => {
	const { app } = await openHttp(t);
	const response = await app.inject({ url: "/api/v1/sla/plans/nobody" });
	assert.equal(response.statusCode, 404);
	assert.equal(response.json().code, "PLAN_NOT_FOUND");
});
