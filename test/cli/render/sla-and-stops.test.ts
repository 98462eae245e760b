import assert from "node:assert/strict";
import { test } from "node:test";
import { plainPaint } from "../../../src/cli/render/paint.ts";
import { renderBudgets, renderPlanSla } from "../../../src/cli/render/sla.ts";
import {
	renderBulk,
	renderBulkPreview,
	renderStops,
} from "../../../src/cli/render/stops.ts";
import { computeBudget } from "../../../src/domain/sla/error-budget.ts";
import { START, sla } from "../../support/plan-sla.ts";

const frame = { width: 100, paint: plainPaint, nowMs: START };

test("renderBudgets: what is left and how fast it goes; unknown is not fine", () => {
	const budget = computeBudget({
		serviceName: "orchestrator-dynamic",
		sloId: "plans-in-time",
		sloTarget: 0.99,
		whole: { total: 1_000, bad: 6 },
		ended: () => ({ total: 10, bad: 1 }),
		lastBadAtMs: null,
		nowMs: START,
	});
	const known = { known: true, source: "own-results", error: null };
	const text = renderBudgets({ ...known, budgets: [budget] }, frame).join("\n");
	assert.match(text, /plans-in-time\s+WARNING\s+40\.0 %\s+99\.00 %/);
	const unknown = { budgets: [], known: false, source: "", error: "503" };
	assert.match(renderBudgets(unknown, frame).join(), /are unknown: 503/);
});

test("renderPlanSla: deadline, prediction, path, risk and what was broken", () => {
	const lines = renderPlanSla(
		{
			plan_id: "p-1",
			status: "RUNNING",
			sla: sla(),
			risk: {
				reason: "forecast",
				sla_deadline: START + 100_000,
				remaining_seconds: 30,
				percent_consumed: 0.7,
				predicted_end: START + 120_000,
				path: ["a", "b"],
				path_length: 2,
			},
			alerts: [
				{
					alert_type: "DEADLINE_APPROACHING",
					ticket_id: null,
					raised_at: START,
				},
			],
			violations: [
				{ violation_type: "TIMEOUT", ticket_id: "t-1", delay_ms: 5_000 },
			],
		},
		frame,
	);
	const text = lines.join("\n");
	assert.match(text, /in 1 m 40 s \(decision\)/);
	assert.match(text, /path {7}a > b/);
	assert.match(text, /at risk: by its critical path it ends later; 30\.0 s/);
	assert.match(text, /TIMEOUT by 5\.0 s: ticket t-1/);
	const none = { plan_id: "p", status: "VALIDATING", sla: null, risk: null };
	const early = renderPlanSla({ ...none, alerts: [], violations: [] }, frame);
	assert.match(early.join("\n"), /nothing is promised yet/);
});

test("renderStops, renderBulk: who, why, and how far", () => {
	const stop = {
		...{ stop_id: "s-1", scope: "domain" as const, value: "INFRA" },
		...{ actor: "ada", reason: "freeze", since: START - 1_000 },
		released: null,
	};
	assert.deepEqual(renderStops({ stops: [stop] }, frame), [
		"domain INFRA is stopped",
		"  1.0 s ago by ada: freeze",
		"  id s-1",
	]);
	assert.deepEqual(renderStops({ stops: [] }, frame), ["nothing is stopped"]);
	const preview = { count: 3, plan_ids: ["a", "b"] };
	assert.deepEqual(renderBulkPreview(preview, frame), [
		"3 plans would be cancelled; nothing was done",
		"  a",
		"  b",
		"  … and 1 more",
	]);
	const bulk = {
		...{ bulk_id: "b-1", filter: {}, compensate: false, actor: "a" },
		...{ reason: "r", asked_at: 1, cancelled: 2, refused: 1, done_at: null },
	};
	assert.match(renderBulk(bulk).join(" "), /2 plans cancelled, 1 had moved on/);
});
